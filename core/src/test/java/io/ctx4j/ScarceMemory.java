package io.ctx4j;

import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import net.bytebuddy.jar.asm.ClassReader;
import net.bytebuddy.jar.asm.ClassVisitor;
import net.bytebuddy.jar.asm.ClassWriter;
import net.bytebuddy.jar.asm.Handle;
import net.bytebuddy.jar.asm.MethodVisitor;
import net.bytebuddy.jar.asm.Opcodes;

/**
 * The library once more, in a class loader of its own, in which the test decides which allocation
 * fails.
 *
 * <p>Before each instruction of the library that allocates, and each call of a collection or of a
 * thread that may, stands a call of {@link #allocate()}.
 */
public final class ScarceMemory extends ClassLoader {
  private static final AtomicInteger UNTIL = new AtomicInteger(Integer.MAX_VALUE);
  private static final AtomicInteger FAILING = new AtomicInteger();

  ScarceMemory() {
    super(ScarceMemory.class.getClassLoader());
  }

  private static final AtomicReference<Runnable> INTERRUPT = new AtomicReference<>(() -> {});
  private static volatile boolean failed;

  /** What a test can ask of contexts that are of another loader. */
  public interface Asking {
    Object canceled();

    Object err(Object ctx);
  }

  /** From the nth allocation on so many fail; then there is memory again. */
  static void fail(int nth, int times) {
    failed = false;
    FAILING.set(times);
    UNTIL.set(nth);
  }

  /** At the nth allocation something else happens first; then there is memory for it. */
  static void interrupt(int nth, Runnable by) {
    INTERRUPT.set(by);
    UNTIL.set(nth);
  }

  /** Whether it has come to that. */
  static boolean hasFailed() {
    return failed;
  }

  /** There is memory again. */
  public static void end() {
    FAILING.set(0);
    INTERRUPT.set(() -> {});
    UNTIL.set(Integer.MAX_VALUE);
  }

  /** Called by what {@link #transform} has made. */
  public static void allocate() {
    int until = UNTIL.decrementAndGet();
    if (until == 0) {
      INTERRUPT.getAndSet(() -> {}).run();
    }
    if (until <= 0 && FAILING.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
      failed = true;
      throw new OutOfMemoryError("of a test");
    }
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    if (!name.startsWith("io.ctx4j.")
        || name.equals(ScarceMemory.class.getName())
        || name.equals(Asking.class.getName())) {
      return super.loadClass(name, resolve);
    }
    synchronized (getClassLoadingLock(name)) {
      Class<?> loaded = findLoadedClass(name);
      if (loaded != null) {
        return loaded;
      }
      try (InputStream in = getResourceAsStream(name.replace('.', '/') + ".class")) {
        if (in == null) {
          throw new ClassNotFoundException(name);
        }
        boolean ofTests = name.startsWith(ScarceMemoryUser.class.getName());
        byte[] code = ofTests ? in.readAllBytes() : transform(in);
        return defineClass(name, code, 0, code.length);
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }
  }

  private static byte[] transform(InputStream in) throws IOException {
    var writer = new ClassWriter(ClassWriter.COMPUTE_MAXS);
    new ClassReader(in)
        .accept(
            new ClassVisitor(Opcodes.ASM9, writer) {
              @Override
              public MethodVisitor visitMethod(
                  int access, String name, String descriptor, String signature, String[] thrown) {
                MethodVisitor next = super.visitMethod(access, name, descriptor, signature, thrown);
                // a class that fails to initialize is lost for good: see Cancellation.load()
                return name.equals("<clinit>") ? next : new Allocations(next);
              }
            },
            0);
    return writer.toByteArray();
  }

  private static final class Allocations extends MethodVisitor {
    Allocations(MethodVisitor next) {
      super(Opcodes.ASM9, next);
    }

    private void allocate() {
      super.visitMethodInsn(
          Opcodes.INVOKESTATIC,
          ScarceMemory.class.getName().replace('.', '/'),
          "allocate",
          "()V",
          false);
    }

    @Override
    public void visitTypeInsn(int opcode, String type) {
      super.visitTypeInsn(opcode, type);
      // after it: frames refer to the instruction
      if (opcode == Opcodes.NEW || opcode == Opcodes.ANEWARRAY) {
        allocate();
      }
    }

    @Override
    public void visitIntInsn(int opcode, int operand) {
      if (opcode == Opcodes.NEWARRAY) {
        allocate();
      }
      super.visitIntInsn(opcode, operand);
    }

    @Override
    public void visitInvokeDynamicInsn(
        String name, String descriptor, Handle bootstrap, Object... arguments) {
      allocate();
      super.visitInvokeDynamicInsn(name, descriptor, bootstrap, arguments);
    }

    @Override
    public void visitMethodInsn(
        int opcode, String owner, String name, String descriptor, boolean isInterface) {
      if (mayAllocate(owner, name)) {
        allocate();
      }
      super.visitMethodInsn(opcode, owner, name, descriptor, isInterface);
    }

    /** The lists of {@link CallbackWorkers} have room: theirs do not. */
    private static boolean mayAllocate(String owner, String name) {
      return (owner.startsWith("java/util/")
              && !owner.startsWith("java/util/concurrent/locks")
              && (name.equals("iterator")
                  || name.equals("stream")
                  || name.equals("toList")
                  || name.equals("newSetFromMap")))
          || owner.startsWith("java/time/")
          || (owner.equals("java/lang/Thread") && name.equals("start"));
    }
  }
}
