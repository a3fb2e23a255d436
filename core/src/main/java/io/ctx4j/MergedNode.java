package io.ctx4j;

import static java.util.Objects.requireNonNull;

import java.lang.invoke.ConstantBootstraps;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A context with several parents: in each one's register stands a {@link ParentLink} to it. */
final class MergedNode extends Node {
  private static final VarHandle CLAIM = ConstantBootstraps.fieldVarHandle(
      MethodHandles.lookup(), "claim", VarHandle.class, MergedNode.class, Cancellation.class);

  /** Stands for a merged child in one parent's register, before all that is not such a link. */
  static final class ParentLink extends Link {
    final MergedNode child;
    private final Node parent;

    private ParentLink(MergedNode child, Node parent) {
      this.child = child;
      this.parent = parent;
    }
  }

  private List<ParentLink> links = List.of();

  /**
   * The cancellation that was the first to make a parent done. It, and no other that comes down
   * another way, marks this context, with the err of that parent (C24). Set while that parent's
   * monitor is held and before its end can be seen, so that who saw the parent done comes second.
   */
  private volatile @Nullable Cancellation claim;

  private MergedNode(Path path) {
    super(path);
  }

  static MergedNode of(Path path, Set<Node> parents) {
    var merged = new MergedNode(path);
    if (parents.stream().noneMatch(merged::endedWith)) {
      merged.links =
          parents.stream().map(parent -> new ParentLink(merged, parent)).toList();
      merged.register();
    }
    return merged;
  }

  private boolean endedWith(Node parent) {
    end = parent.end;
    return end != null;
  }

  private void register() {
    List<ParentLink> links = this.links;
    for (ParentLink link : links) {
      if (!link.parent.add(link)) {
        Cancellation by = requireNonNull(link.parent.end);
        claim(by);
        if (claim == by) { // nobody knows this context yet: there is nothing to tell
          mark(by);
        }
        break;
      }
    }
    // before the end is read: detach() takes the claim back after that is set
    Cancellation claim = this.claim;
    if (claim != null || end != null) {
      // a parent has ended meanwhile: what that left to do is done here
      if (claim != null && end == null) {
        claim.awaitSettled();
      }
      detach(links);
    }
  }

  void claim(Cancellation by) {
    CLAIM.compareAndSet(this, null, by);
  }

  @Nullable Cancellation claim() {
    return claim;
  }

  @Override
  void leaveParents() {
    detach(links);
  }

  private void detach(List<ParentLink> links) {
    for (int i = 0; i < links.size(); i++) { // without an iterator, which would need memory
      ParentLink link = links.get(i);
      link.parent.removeChild(link);
    }
    this.links = List.of();
    claim = null; // it may be another's than the end
  }
}
