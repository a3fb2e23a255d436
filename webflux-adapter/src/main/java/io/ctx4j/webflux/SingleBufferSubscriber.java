package io.ctx4j.webflux;

import static java.util.Objects.requireNonNull;

import io.ctx4j.webflux.Gate.Body;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import reactor.core.CoreSubscriber;
import reactor.core.Scannable;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * One {@link SingleBufferWrite}: subscribes to the part, to the commit actions if there are any,
 * and then to its being written; to these by {@link WriteRelay}.
 *
 * <p>It is canceled before it has been given to Spring or after that, and not while it is: Spring
 * looks whether its part has been taken, and releases it if not, as it is being taken on another
 * thread. So a client that leaves as its response begins would have a part written that somebody
 * else owns by then.
 */
final class SingleBufferSubscriber implements CoreSubscriber<DataBuffer>, Subscription, Scannable {
  private static final CancelBetweenSteps<SingleBufferSubscriber> GIVING = new CancelBetweenSteps<>(
      AtomicIntegerFieldUpdater.newUpdater(SingleBufferSubscriber.class, "giving"));
  private static final AtomicReferenceFieldUpdater<SingleBufferSubscriber, DataBuffer> WAITING =
      AtomicReferenceFieldUpdater.newUpdater(
          SingleBufferSubscriber.class, DataBuffer.class, "waiting");

  private final GatedResponse response;
  private final CoreSubscriber<? super Void> writer;
  private @Nullable Subscription coming;

  /** Whether the part has come, or will not. */
  private boolean over;

  @SuppressWarnings("UnusedVariable") // changed by GIVING
  private volatile int giving;

  /** The part, while its commit actions run: whoever takes it has it. */
  @SuppressWarnings("UnusedVariable") // taken by WAITING
  private volatile @Nullable DataBuffer waiting;

  private volatile @Nullable WriteRelay actions;
  private final WriteRelay rest;

  SingleBufferSubscriber(GatedResponse response, CoreSubscriber<? super Void> writer) {
    this.response = response;
    this.writer = writer;
    rest = new WriteRelay(writer, this::written);
  }

  /** What is dropped on the way here is released; what else is, is the writer's business. */
  @Override
  public Context currentContext() {
    Context context = writer.currentContext();
    return Operators.enableOnDiscard(context, element -> discard(element, context));
  }

  private static void discard(Object element, Context context) {
    if (element instanceof DataBuffer buffer) {
      DataBufferUtils.release(buffer);
    } else {
      Operators.onDiscard(element, context);
    }
  }

  @Override
  public void onSubscribe(Subscription subscription) {
    if (Operators.validate(coming, subscription)) {
      coming = subscription;
      writer.onSubscribe(this);
      subscription.request(Long.MAX_VALUE);
    }
  }

  @Override
  public void onNext(DataBuffer buffer) {
    if (over) {
      DataBufferUtils.release(buffer);
      return;
    }
    over = true;
    if (response.hasCommitActions()) {
      waiting = buffer;
      var actions = new WriteRelay(writer, this::prepared);
      this.actions = actions;
      if (GIVING.isCanceled(this)) {
        cancel(actions);
      }
      response.prepared().subscribe(actions);
    } else {
      give(buffer);
    }
  }

  private void prepared(@Nullable Throwable error) {
    DataBuffer buffer = WAITING.getAndSet(this, null);
    if (buffer != null && error == null) {
      give(buffer);
    } else if (buffer != null) {
      DataBufferUtils.release(buffer);
      fail(requireNonNull(error));
    }
  }

  private void give(DataBuffer buffer) {
    if (!GIVING.begin(this)) {
      DataBufferUtils.release(buffer);
      return;
    }
    if (response.commit(Body.WHOLE)) {
      response.send(buffer).subscribe(rest);
    } else {
      DataBufferUtils.release(buffer);
      response.<Void>late().subscribe(rest);
    }
    if (GIVING.end(this)) {
      rest.cancel();
    }
  }

  private void written(@Nullable Throwable error) {
    if (error == null) {
      writer.onComplete();
    } else {
      fail(error);
    }
  }

  @Override
  public void onError(Throwable error) {
    if (over) {
      Operators.onErrorDropped(error, writer.currentContext());
    } else {
      over = true;
      fail(error);
    }
  }

  private void fail(Throwable error) {
    response.getHeaders().clearContentHeaders();
    writer.onError(error);
  }

  @Override
  public void onComplete() {
    if (!over) {
      over = true;
      writer.onComplete();
    }
  }

  @Override
  public void request(long n) {
    Operators.validate(n); // and there will be nothing but an end
  }

  @Override
  public void cancel() {
    if (GIVING.cancel(this)) {
      rest.cancel();
    }
    WriteRelay actions = this.actions;
    if (actions != null) {
      cancel(actions);
    }
    response.cancel(requireNonNull(coming), writer.currentContext());
  }

  private void cancel(WriteRelay actions) {
    actions.cancel();
    DataBuffer buffer = WAITING.getAndSet(this, null);
    if (buffer != null) {
      DataBufferUtils.release(buffer);
    }
  }

  @Override
  @SuppressWarnings("rawtypes") // as Scannable has it
  public @Nullable Object scanUnsafe(Attr key) {
    if (key == Attr.PARENT) {
      return coming;
    }
    if (key == Attr.ACTUAL) {
      return writer;
    }
    return key == Attr.RUN_STYLE ? Attr.RunStyle.SYNC : null;
  }
}
