package io.ctx4j;

import static java.util.Objects.requireNonNull;

import io.ctx4j.testing.Memory;
import io.ctx4j.testing.Threads;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ref.WeakReference;
import java.security.AccessController;
import java.security.PrivilegedAction;
import java.security.ProtectionDomain;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Runs in a JVM of its own: a guest in a class loader of its own, as a web application is, uses
 * deadlines and is gone, while the library's threads, which the guest was the first to need, go on
 * for others.
 */
@SuppressWarnings({"CheckReturnValue", "removal"
}) // dropped on purpose; JDK 17 has the access control
final class UnloadMain {
  private static final Duration SOON = Duration.ofMillis(2);

  private UnloadMain() {}

  public static void main(String[] args) {
    Logger.getLogger("io.ctx4j").setLevel(Level.OFF); // a log record may hold what it likes
    Thread host = Thread.currentThread();
    WeakReference<ClassLoader> gone = host(host);
    CancelCtx hosts = Ctx.background().withCancel();
    boolean collected = false;
    boolean alive = true;
    for (int i = 0; i < 500 && !collected; i++) {
      another(hosts);
      alive &= Thread.getAllStackTraces().keySet().stream()
          .anyMatch(thread -> thread.getName().equals("ctx4j-timer"));
      collected = Memory.isCollected(gone);
    }
    System.out.println("threads alive " + alive);
    System.out.println("guest collected " + collected);
  }

  /** A frame of its own, that nothing of the guest stays in. */
  private static WeakReference<ClassLoader> host(Thread host) {
    var loader = new Loader();
    var failed = new Thread[1];
    Thread guest = new Thread(() -> {
      Thread.currentThread().setContextClassLoader(loader);
      AccessController.doPrivileged((PrivilegedAction<@Nullable Void>) () -> {
        loader.start();
        return null;
      });
    });
    guest.setUncaughtExceptionHandler((thread, e) -> {
      e.printStackTrace(System.out);
      failed[0] = thread;
    });
    guest.start();
    try {
      guest.join(30_000);
    } catch (InterruptedException e) {
      host.interrupt();
    }
    System.out.println("guest ran " + (!guest.isAlive() && failed[0] == null));
    return new WeakReference<>(loader);
  }

  /** Keeps timer and worker busy with what is the host's. */
  private static void another(CancelCtx hosts) {
    var fired = new CountDownLatch(1);
    hosts.withTimeout(SOON, () -> null).onDone(fired::countDown);
    Threads.await(fired);
  }

  /** Defines {@link UnloadGuest} and its nested classes itself; all else is its parent's. */
  private static final class Loader extends ClassLoader {
    Loader() {
      super(UnloadMain.class.getClassLoader());
    }

    void start() {
      try {
        Runnable guest = (Runnable)
            loadClass(UnloadGuest.class.getName()).getDeclaredConstructor().newInstance();
        if (guest.getClass().getClassLoader() != this) {
          throw new IllegalStateException("not the guest's own class");
        }
        guest.run();
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      synchronized (getClassLoadingLock(name)) {
        if (!name.startsWith(UnloadGuest.class.getName())) {
          return super.loadClass(name, resolve);
        }
        Class<?> loaded = findLoadedClass(name);
        if (loaded != null) {
          return loaded;
        }
        try (InputStream file =
            requireNonNull(getResourceAsStream(name.replace('.', '/') + ".class"))) {
          byte[] code = file.readAllBytes();
          return defineClass(
              name, code, 0, code.length, new ProtectionDomain(null, null, this, null));
        } catch (IOException e) {
          throw new ClassNotFoundException(name, e);
        }
      }
    }
  }
}
