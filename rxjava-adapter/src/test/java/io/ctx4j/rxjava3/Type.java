package io.ctx4j.rxjava3;

import io.ctx4j.rxjava3.Source.Sender;
import io.reactivex.rxjava3.core.Completable;
import io.reactivex.rxjava3.core.CompletableObserver;
import io.reactivex.rxjava3.core.Flowable;
import io.reactivex.rxjava3.core.Maybe;
import io.reactivex.rxjava3.core.MaybeObserver;
import io.reactivex.rxjava3.core.Observable;
import io.reactivex.rxjava3.core.Observer;
import io.reactivex.rxjava3.core.Single;
import io.reactivex.rxjava3.core.SingleObserver;
import org.reactivestreams.Subscriber;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The seven types, as the laws see them; Maybe stands here once with each of its two ends. */
enum Type {
  FLOWABLE(false) {
    @Override
    void subscribe(Source source, Probe probe, Binding... bindings) {
      Flowable<Integer> stream = new Flowable<>() {
        @Override
        protected void subscribeActual(Subscriber<? super Integer> to) {
          source.connect(
              new Sender(() -> to.onSubscribe(source), to::onNext, to::onComplete, to::onError));
        }
      };
      for (Binding binding : bindings) {
        stream = stream.compose(binding.rx());
      }
      stream.subscribe(probe);
    }
  },
  OBSERVABLE(false) {
    @Override
    void subscribe(Source source, Probe probe, Binding... bindings) {
      Observable<Integer> stream = new Observable<>() {
        @Override
        protected void subscribeActual(Observer<? super Integer> to) {
          source.connect(
              new Sender(() -> to.onSubscribe(source), to::onNext, to::onComplete, to::onError));
        }
      };
      for (Binding binding : bindings) {
        stream = stream.compose(binding.rx());
      }
      stream.subscribe(probe);
    }
  },
  SINGLE(true) {
    @Override
    void subscribe(Source source, Probe probe, Binding... bindings) {
      Single<Integer> stream = new Single<>() {
        @Override
        protected void subscribeActual(SingleObserver<? super Integer> to) {
          source.connect(new Sender(
              () -> to.onSubscribe(source), Type::none, () -> to.onSuccess(1), to::onError));
        }
      };
      for (Binding binding : bindings) {
        stream = stream.compose(binding.rx());
      }
      stream.subscribe(probe);
    }
  },
  MAYBE(true) {
    @Override
    void subscribe(Source source, Probe probe, Binding... bindings) {
      Maybe<Integer> stream = new Maybe<>() {
        @Override
        protected void subscribeActual(MaybeObserver<? super Integer> to) {
          source.connect(new Sender(
              () -> to.onSubscribe(source), Type::none, () -> to.onSuccess(1), to::onError));
        }
      };
      for (Binding binding : bindings) {
        stream = stream.compose(binding.rx());
      }
      stream.subscribe(probe);
    }
  },
  EMPTY_MAYBE(false) {
    @Override
    void subscribe(Source source, Probe probe, Binding... bindings) {
      Maybe<Integer> stream = new Maybe<>() {
        @Override
        protected void subscribeActual(MaybeObserver<? super Integer> to) {
          source.connect(
              new Sender(() -> to.onSubscribe(source), Type::none, to::onComplete, to::onError));
        }
      };
      for (Binding binding : bindings) {
        stream = stream.compose(binding.rx());
      }
      stream.subscribe(probe);
    }
  },
  COMPLETABLE(false) {
    @Override
    void subscribe(Source source, Probe probe, Binding... bindings) {
      Completable stream = new Completable() {
        @Override
        protected void subscribeActual(CompletableObserver to) {
          source.connect(
              new Sender(() -> to.onSubscribe(source), Type::none, to::onComplete, to::onError));
        }
      };
      for (Binding binding : bindings) {
        stream = stream.compose(binding.rx());
      }
      stream.subscribe(probe);
    }
  },
  FLUX(false) {
    @Override
    void subscribe(Source source, Probe probe, Binding... bindings) {
      Flux<Integer> stream = new Flux<>() {
        @Override
        public void subscribe(CoreSubscriber<? super Integer> to) {
          source.connect(
              new Sender(() -> to.onSubscribe(source), to::onNext, to::onComplete, to::onError));
        }
      };
      for (Binding binding : bindings) {
        stream = binding.apply(stream);
      }
      stream.subscribe(probe);
    }
  },
  MONO(true) {
    @Override
    void subscribe(Source source, Probe probe, Binding... bindings) {
      Mono<Integer> stream = new Mono<>() {
        @Override
        public void subscribe(CoreSubscriber<? super Integer> to) {
          source.connect(
              new Sender(() -> to.onSubscribe(source), Type::none, () -> end(to), to::onError));
        }
      };
      for (Binding binding : bindings) {
        stream = binding.apply(stream);
      }
      stream.subscribe(probe);
    }
  };

  /** Whether the source ends with a value. */
  private final boolean hasValue;

  Type(boolean hasValue) {
    this.hasValue = hasValue;
  }

  /**
   * Subscribes the probe to the source, with the bindings in between, the first one next to the
   * source.
   */
  abstract void subscribe(Source source, Probe probe, Binding... bindings);

  /** What a probe records of {@link Source#end()}. */
  Object[] ended() {
    return hasValue ? new Object[] {1, "end"} : new Object[] {"end"};
  }

  boolean isRx() {
    return this != FLUX && this != MONO;
  }

  private static void none(int item) {}

  private static void end(Subscriber<? super Integer> to) {
    to.onNext(1);
    to.onComplete();
  }
}
