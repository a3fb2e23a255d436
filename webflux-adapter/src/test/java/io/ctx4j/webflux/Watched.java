package io.ctx4j.webflux;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledDirectByteBuf;
import io.netty.buffer.UnpooledHeapByteBuf;
import io.netty.util.IllegalReferenceCountException;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Buffers whose memory is never used again, and who released one that somebody else had released
 * before.
 *
 * <p>To ask whether a buffer is still allocated, as Spring does before it releases one, is to ask
 * too much: a pool may have given it to somebody else in between, who loses it then.
 */
final class Watched extends AbstractByteBufAllocator {
  private final Map<String, Integer> late = new TreeMap<>();

  Watched() {
    super(false);
  }

  /** Who came too late, and who had been first; how often. */
  synchronized Map<String, Integer> late() {
    return new TreeMap<>(late);
  }

  private synchronized void late(@Nullable Throwable first) {
    late.merge("LATE\n" + text(new Throwable()) + "FIRST\n" + text(first), 1, Integer::sum);
  }

  private static String text(@Nullable Throwable thrown) {
    return thrown == null
        ? "?\n"
        : Arrays.stream(thrown.getStackTrace())
            .skip(2)
            .limit(40)
            .map(frame -> "  " + frame.getClassName().replaceAll("^.*\\.", "") + "."
                + frame.getMethodName() + ":" + frame.getLineNumber() + "\n")
            .collect(Collectors.joining());
  }

  @Override
  protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
    return new Heap(this, initialCapacity, maxCapacity);
  }

  @Override
  protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
    return new Direct(this, initialCapacity, maxCapacity);
  }

  @Override
  public boolean isDirectBufferPooled() {
    return false;
  }

  /** What one buffer knows of its first release. */
  private final class First {
    private volatile @Nullable Throwable release;

    void happens() {
      release = new Throwable();
    }

    void asked(int count) {
      if (count == 0 && isAskedByRelease()) {
        late(release);
      }
    }

    boolean orLate(BooleanSupplier next) {
      try {
        return next.getAsBoolean();
      } catch (IllegalReferenceCountException e) {
        late(release);
        throw e;
      }
    }

    private static boolean isAskedByRelease() {
      return StackWalker.getInstance()
          .walk(frames -> frames
              .skip(3)
              .limit(8)
              .anyMatch(frame -> frame.getClassName().endsWith(".DataBufferUtils")
                  && frame.getMethodName().equals("release")));
    }
  }

  private final class Heap extends UnpooledHeapByteBuf {
    private final First first = new First();

    Heap(ByteBufAllocator allocator, int initialCapacity, int maxCapacity) {
      super(allocator, initialCapacity, maxCapacity);
    }

    @Override
    protected void deallocate() {
      first.happens();
      super.deallocate();
    }

    @Override
    public int refCnt() {
      int count = super.refCnt();
      first.asked(count);
      return count;
    }

    @Override
    public boolean release() {
      return first.orLate(super::release);
    }
  }

  private final class Direct extends UnpooledDirectByteBuf {
    private final First first = new First();

    Direct(ByteBufAllocator allocator, int initialCapacity, int maxCapacity) {
      super(allocator, initialCapacity, maxCapacity);
    }

    @Override
    protected void deallocate() {
      first.happens();
      super.deallocate();
    }

    @Override
    public int refCnt() {
      int count = super.refCnt();
      first.asked(count);
      return count;
    }

    @Override
    public boolean release() {
      return first.orLate(super::release);
    }
  }
}
