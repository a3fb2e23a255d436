package io.ctx4j.rxjava3;

import io.reactivex.rxjava3.core.Completable;
import io.reactivex.rxjava3.core.Flowable;
import io.reactivex.rxjava3.core.Maybe;
import io.reactivex.rxjava3.core.Observable;
import io.reactivex.rxjava3.core.Single;

/** What an operator of {@link Operators} is given beside its upstream. */
interface Inner {
  /** From 0 to most. */
  int number(int most);

  boolean flip();

  Flowable<Integer> flowable();

  Observable<Integer> observable();

  Single<Integer> single();

  Maybe<Integer> maybe();

  Completable completable();
}
