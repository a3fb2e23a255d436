package io.ctx4j;

import io.ctx4j.testing.Threads;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Runs in a JVM of its own, in which no thread of the library runs before: prints what these
 * inherit, when they end, and leaves a deadline pending that must not keep the JVM alive.
 */
final class SystemTimeMain {
  private static final InheritableThreadLocal<String> INHERITABLE = new InheritableThreadLocal<>();

  private SystemTimeMain() {}

  /** On the thread of a guest, with a group and a priority of its own. */
  @SuppressWarnings("ThreadPriorityCheck")
  public static void main(String[] args) throws Exception {
    var guest = new FutureTask<@Nullable Void>(() -> {
      use();
      return null;
    });
    var thread = new Thread(new ThreadGroup("guest"), guest, "guest");
    thread.setPriority(Thread.MIN_PRIORITY);
    thread.start();
    guest.get();
  }

  private static void use() throws InterruptedException {
    Set<Thread> before = threads();
    var own = new ClassLoader(SystemTimeMain.class.getClassLoader()) {};
    Thread.currentThread().setContextClassLoader(own);
    INHERITABLE.set("inherited");

    int callbacks = 20;
    var fired = new CountDownLatch(callbacks);
    Set<Thread> calledBack = ConcurrentHashMap.newKeySet();
    Set<String> facts = ConcurrentHashMap.newKeySet();
    for (int i = 0; i < callbacks; i++) {
      Threads.onTheirThread(
          body -> Ctx.background().withTimeout(Duration.ofMillis(5), () -> null).onDone(body),
          () -> {
            Thread thread = Thread.currentThread();
            calledBack.add(thread);
            facts.add("daemon " + thread.isDaemon());
            facts.add("inherited " + INHERITABLE.get());
            facts.add("own loader " + (thread.getContextClassLoader() == own));
            fired.countDown();
            Threads.await(fired); // so that each callback needs a thread of its own
          });
    }
    Threads.await(fired);
    Set<Thread> started = threads();
    started.removeAll(before);
    started.addAll(calledBack);
    System.out.println("started " + (started.size() > callbacks));
    for (Thread thread : started) {
      facts.add("daemon " + thread.isDaemon());
      facts.add("own loader " + (thread.getContextClassLoader() == own));
      facts.add("topmost group " + (thread.getThreadGroup().getParent() == null));
      facts.add("priority " + thread.getPriority());
    }
    facts.forEach(System.out::println);

    List<Thread> ending = new ArrayList<>(started);
    for (Thread thread : ending) {
      thread.join(20_000);
    }
    System.out.println("ended " + ending.stream().noneMatch(Thread::isAlive));

    CountDownLatch again = new CountDownLatch(1);
    Ctx.background().withTimeout(Duration.ofMillis(1)).onDone(again::countDown);
    Threads.await(again);
    System.out.println("again true");
    Ctx.background().withTimeout(Duration.ofHours(1)).onDone(() -> {});
  }

  private static Set<Thread> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> !"test".equals(thread.getName()))
        .collect(Collectors.toSet());
  }
}
