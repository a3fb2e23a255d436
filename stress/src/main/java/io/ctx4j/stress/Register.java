package io.ctx4j.stress;

import io.ctx4j.Ctx;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** Looks into the register of a context, to see that nothing was left in it; no API shows that. */
final class Register {
  private static final VarHandle NODE;
  private static final VarHandle FIRST;

  static {
    try {
      Class<?> handle = Class.forName("io.ctx4j.Handle");
      Class<?> node = Class.forName("io.ctx4j.Node");
      Class<?> register = Class.forName("io.ctx4j.Register");
      Class<?> link = Class.forName("io.ctx4j.Link");
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      NODE = MethodHandles.privateLookupIn(handle, lookup).findVarHandle(handle, "node", node);
      FIRST =
          MethodHandles.privateLookupIn(register, lookup).findVarHandle(register, "first", link);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private Register() {}

  static boolean isEmpty(Ctx ctx) {
    return FIRST.get(NODE.get(ctx)) == null;
  }
}
