package io.ctx4j.benchmarks;

import io.ctx4j.rxjava3.RxCtxOps;
import io.reactivex.rxjava3.core.Flowable;
import io.reactivex.rxjava3.processors.PublishProcessor;
import java.util.concurrent.TimeUnit;

/** As {@link ReactorOperator}, for RxJava's Flowable. */
public enum RxOperator {
  RAW {
    @Override
    <T> Flowable<T> on(Flowable<T> flowable) {
      return flowable;
    }
  },
  BIND {
    @Override
    <T> Flowable<T> on(Flowable<T> flowable) {
      return flowable.compose(RxCtxOps.bind(ReactorOperator.CTX));
    }
  },
  TAKE_UNTIL {
    @Override
    <T> Flowable<T> on(Flowable<T> flowable) {
      return flowable.takeUntil(TOKEN);
    }
  },
  /** A signal that registers nowhere and cannot come: the least that the operator can cost. */
  TAKE_UNTIL_NEVER {
    @Override
    <T> Flowable<T> on(Flowable<T> flowable) {
      return flowable.takeUntil(Flowable.never());
    }
  },
  TIMEOUT {
    @Override
    <T> Flowable<T> on(Flowable<T> flowable) {
      return flowable.timeout(1, TimeUnit.MINUTES);
    }
  };

  private static final PublishProcessor<Object> TOKEN = PublishProcessor.create();

  abstract <T> Flowable<T> on(Flowable<T> flowable);
}
