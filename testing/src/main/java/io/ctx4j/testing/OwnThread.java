package io.ctx4j.testing;

import java.lang.reflect.Method;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;

/**
 * A test class that asks something of the thread of each test: {@code @BeforeEach} and
 * {@code @AfterEach} run on others, and so does a constructor, as each has a guard of its own.
 */
@ExtendWith(OwnThread.Asking.class)
public interface OwnThread {
  default void beforeOnItsThread() {}

  /** Not after a test that has failed. */
  void afterOnItsThread();

  /** Asks, on that thread. */
  final class Asking implements InvocationInterceptor {
    @Override
    public void interceptTestMethod(
        Invocation<Void> test, ReflectiveInvocationContext<Method> called, ExtensionContext context)
        throws Throwable {
      var asked = (OwnThread) context.getRequiredTestInstance();
      asked.beforeOnItsThread();
      test.proceed();
      asked.afterOnItsThread();
    }

    @Override
    public void interceptTestTemplateMethod(
        Invocation<Void> test, ReflectiveInvocationContext<Method> called, ExtensionContext context)
        throws Throwable {
      interceptTestMethod(test, called, context);
    }
  }
}
