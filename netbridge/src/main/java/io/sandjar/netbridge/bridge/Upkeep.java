package io.sandjar.netbridge.bridge;

import io.sandjar.netbridge.namespace.NetworkNamespace;
import io.sandjar.netbridge.routes.PeerRoutes;
import io.sandjar.netbridge.rtnl.Link;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Has put back what somebody deletes or alters of the node's network: soon after the kernel tells
 * of it, and now and then for what no event tells of.
 */
final class Upkeep implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Upkeep.class.getName());

  /** Long enough for a burst of events to end, short enough for nobody to notice. */
  private static final long CHECK_DELAY_MILLIS = 50;

  /** What no event tells of: routes that vanish with their link going down. */
  private static final long CHECK_EVERY_SECONDS = 30;

  private final String bridge;
  private final ScheduledExecutorService later;
  private final NodeState node;
  private final NodePods pods;
  private final PodLinks cables;
  private final NodeFirewall firewall;
  private final Teardown teardown;
  private final AtomicBoolean checkAsked = new AtomicBoolean();
  private final AtomicBoolean filterCheckAsked = new AtomicBoolean();
  private final NodeWatch watch;

  /**
   * @param later what checks run on, one at a time
   */
  Upkeep(
      String bridge,
      NetworkNamespace host,
      ScheduledExecutorService later,
      NodeState node,
      NodePods pods,
      PodLinks cables,
      NodeFirewall firewall,
      Teardown teardown)
      throws IOException {
    this.bridge = bridge;
    this.later = later;
    this.node = node;
    this.pods = pods;
    this.cables = cables;
    this.firewall = firewall;
    this.teardown = teardown;
    this.watch =
        new NodeWatch(
            host,
            bridge,
            node::dependsOnAddressesOf,
            this::suspicious,
            teardown::vanished,
            this::checkSoon,
            this::filterCheckSoon);
    later.scheduleWithFixedDelay(
        this::check, CHECK_EVERY_SECONDS, CHECK_EVERY_SECONDS, TimeUnit.SECONDS);
  }

  /** Asks for a check of everything. */
  void checkSoon() {
    soon(checkAsked, this::check);
  }

  private void filterCheckSoon() {
    soon(filterCheckAsked, this::checkFilter);
  }

  /**
   * Whether a link event says that the bridge was altered, or a cable of ours pulled out or cut, or
   * that a tunnel or what limits a pod is gone.
   */
  private boolean suspicious(Link link, boolean vanished) {
    if (link.name().equals(bridge)) {
      return vanished || !node.isBridgeAsMade(link);
    }
    if (PeerRoutes.isTunnel(link, bridge)) {
      return vanished || !link.up();
    }
    Optional<String> owner = cables.ownerOf(link).filter(pods::contains);
    return owner.isPresent()
        && (vanished
            || (!link.up() || link.master() != node.bridgeIndex())
                && link.name().equals(PodLinks.nameOf(owner.get())));
  }

  private void soon(AtomicBoolean asked, Runnable work) {
    if (asked.compareAndSet(false, true)) {
      try {
        later.schedule(work, CHECK_DELAY_MILLIS, TimeUnit.MILLISECONDS);
      } catch (RejectedExecutionException e) {
        // Closed: nobody looks after the network any more.
        asked.set(false);
      }
    }
  }

  private void checkFilter() {
    filterCheckAsked.set(false);
    try {
      firewall.repair();
    } catch (IOException | RuntimeException e) {
      LOG.log(System.Logger.Level.WARNING, "cannot repair the packet filter", e);
    }
  }

  private void check() {
    checkAsked.set(false);
    try {
      teardown.lookAgain();
      node.ensure();
    } catch (IOException | RuntimeException e) {
      LOG.log(System.Logger.Level.WARNING, "cannot repair the network of " + bridge, e);
    }
  }

  /** No check runs once this has returned. */
  @Override
  public void close() {
    watch.close();
    later.shutdownNow();
    try {
      later.awaitTermination(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
