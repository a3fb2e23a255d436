package io.ctx4j.stress;

import io.ctx4j.Ctx;
import io.ctx4j.CtxException;
import io.ctx4j.DoneListener;
import java.util.List;

/** A listener that says by its name when it was called. */
final class Recorded extends DoneListener {
  private final String name;
  private final List<String> order;

  Recorded(String name, List<String> order) {
    this.name = name;
    this.order = order;
  }

  void listenTo(Ctx ctx) {
    listen(ctx);
  }

  @Override
  protected void onDone(CtxException err) {
    order.add(name);
  }
}
