package io.sandjar.netbridge.bridge;

import io.sandjar.netbridge.Attachment;
import io.sandjar.netbridge.Cidr;
import io.sandjar.netbridge.namespace.NetworkNamespace;
import io.sandjar.netbridge.netlink.NetlinkException;
import io.sandjar.netbridge.netlink.NetlinkRequest;
import io.sandjar.netbridge.rtnl.AddressRequests;
import io.sandjar.netbridge.rtnl.Link;
import io.sandjar.netbridge.rtnl.LinkChange;
import io.sandjar.netbridge.rtnl.LinkRequests;
import io.sandjar.netbridge.rtnl.MacAddress;
import io.sandjar.netbridge.rtnl.NewLink;
import io.sandjar.netbridge.rtnl.Route;
import io.sandjar.netbridge.rtnl.RouteRequests;
import io.sandjar.netbridge.rtnl.Rtnl;
import io.sandjar.netbridge.sys.Errno;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;

/**
 * The cables between the bridge and the sandboxes. The host's end has a name that follows from the
 * sandbox's id and an alias that tells whose it is; the other end is born inside the sandbox.
 */
final class PodLinks {
  static final String POD_INTERFACE = "eth0";
  private static final String NAME_PREFIX = "sj";
  private static final int NAME_HASH_BYTES = 6;
  private static final int LOOPBACK = 1;
  private static final int RUNNING_ATTEMPTS = 100;
  private static final long RUNNING_PAUSE_NANOS = 500_000;
  private static final LinkChange.BridgePort PORT = new LinkChange.BridgePort(true, false);

  private final Rtnl host;
  private final String bridgeName;
  private final String aliasPrefix;

  PodLinks(Rtnl host, String bridge) {
    this.host = host;
    this.bridgeName = bridge;
    this.aliasPrefix = "sandjar/" + bridge + "/";
  }

  /** The name of the host's end. */
  static String nameOf(String sandboxId) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(sandboxId.getBytes(StandardCharsets.UTF_8));
      return NAME_PREFIX + HexFormat.of().formatHex(hash, 0, NAME_HASH_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * The sandbox that a link of the host belongs to: a cable of this bridge, or what else says so by
   * its alias.
   */
  Optional<String> ownerOf(Link link) {
    return link.alias().startsWith(aliasPrefix)
        ? Optional.of(link.alias().substring(aliasPrefix.length()))
        : Optional.empty();
  }

  /**
   * The same address always comes with the same hardware address, so that no neighbour remembers
   * another one for it.
   */
  static MacAddress macFor(InetAddress address) {
    return MacAddress.derivedFrom("pod " + address.getHostAddress());
  }

  /** Lays the cable to a new sandbox and sets up that side of it, or leaves nothing. */
  void create(Attachment attachment, NetworkNamespace sandbox, int bridge) throws IOException {
    lay(attachment, sandbox, bridge, CalmIpv6::expecting);
  }

  /** The same for a sandbox that has lost its cable while containers run in it. */
  void createAgain(Attachment attachment, NetworkNamespace sandbox, int bridge) throws IOException {
    lay(attachment, sandbox, bridge, CalmIpv6::amongOthers);
  }

  private void lay(Attachment attachment, NetworkNamespace sandbox, int bridge, Calming calming)
      throws IOException {
    String name = attachment.hostInterface();
    NewLink podEnd =
        NewLink.peer(attachment.podInterface())
            .withMac(new MacAddress(attachment.mac()))
            .withMtu(attachment.mtu())
            .bornIn(sandbox.fd());
    // Its carrier comes with the other end's, so it is up before that in vain, and nothing is sent.
    NewLink cable = NewLink.veth(name, podEnd).withMtu(attachment.mtu()).in(bridge).bornUp();
    // An address of the host's end is of no use, and its announcements would go to every pod.
    LinkChange mark =
        LinkChange.of(name).alias(aliasPrefix + attachment.sandboxId()).noLinkLocal().port(PORT);
    CompletableFuture<Boolean> laid = new CompletableFuture<>();
    // Its thread gets there while the kernel makes the cable.
    NetworkNamespace.Started<Boolean> inside =
        sandbox.start(() -> setUpInside(attachment, laid, calming));
    try {
      // One datagram, so that no crash leaves a cable that does not say whose it is.
      host.execute(List.of(LinkRequests.add(cable), LinkRequests.set(mark)));
      laid.complete(true);
    } catch (IOException | RuntimeException e) {
      laid.complete(false);
      awaitEnd(inside, e);
      if (!(e instanceof NetlinkException refused && refused.is(Errno.EEXIST))) {
        remove(name, e);
      }
      throw e;
    } finally {
      // Whatever went wrong, nobody waits inside for ever.
      laid.complete(false);
    }
    try {
      inside.get();
      // Its first port makes the bridge itself come up.
      awaitRunning(host, List.of(), name, bridgeName);
    } catch (IOException | RuntimeException e) {
      remove(name, e);
      throw e;
    }
  }

  private static void awaitEnd(NetworkNamespace.Started<?> inside, Exception cause) {
    try {
      inside.get();
    } catch (IOException | RuntimeException second) {
      cause.addSuppressed(second);
    }
  }

  /**
   * Makes the changes, and waits for the links.
   *
   * <p>A link whose other end has come up is used by the kernel only after a worker of its own has
   * seen that; a packet before that is lost, and the second try comes a second later. Asking for
   * the link makes newer kernels look at once, and older ones take a moment.
   */
  private static void awaitRunning(Rtnl rtnl, List<NetlinkRequest> changes, String... names)
      throws IOException {
    List<Link> links = rtnl.executeAndLook(changes, List.of(names));
    for (int i = 1; i < RUNNING_ATTEMPTS && !allRunning(links, names); i++) {
      LockSupport.parkNanos(RUNNING_PAUSE_NANOS);
      links = rtnl.executeAndLook(List.of(), List.of(names));
    }
  }

  private static boolean allRunning(List<Link> links, String... names) {
    return links.size() == names.length && links.stream().allMatch(Link::running);
  }

  private void remove(String name, Exception cause) {
    try {
      host.deleteLink(name);
    } catch (IOException second) {
      cause.addSuppressed(second);
    }
  }

  /**
   * Deletes many cables at once: as a group they cost the kernel one grace period together, not one
   * each.
   */
  void delete(List<Link> cables) throws IOException {
    if (cables.isEmpty()) {
      return;
    }
    int group = ThreadLocalRandom.current().nextInt(1 << 16, Integer.MAX_VALUE);
    List<NetlinkRequest> batch = new ArrayList<>();
    for (Link cable : cables) {
      batch.add(
          LinkRequests.set(LinkChange.of(cable.index()).group(group)).tolerating(Errno.ENODEV));
    }
    host.execute(batch);
    host.execute(LinkRequests.deleteGroup(group).tolerating(Errno.ESRCH, Errno.ENODEV));
  }

  /** Plugs a cable in again that lost its bridge, or was altered. */
  void plug(Link cable, int bridge) throws IOException {
    if (cable.master() != bridge || !cable.hairpin() || !cable.up()) {
      host.execute(
          List.of(
              LinkRequests.set(LinkChange.of(cable.index()).master(bridge).up(true)),
              LinkRequests.set(LinkChange.of(cable.index()).port(PORT))));
    }
  }

  /**
   * Runs on a thread inside the sandbox's namespace.
   *
   * @param laid whether the cable is there, once that is known
   */
  private static boolean setUpInside(
      Attachment attachment, CompletableFuture<Boolean> laid, Calming calming) throws IOException {
    try (Rtnl inside = Rtnl.open();
        CalmIpv6 calm = calming.begin(attachment)) {
      if (!laid.join()) {
        return false;
      }
      calm.born();
      int link =
          inside
              .link(attachment.podInterface())
              .orElseThrow(
                  () -> new IOException(attachment.podInterface() + " vanished from the sandbox"))
              .index();
      List<NetlinkRequest> batch = new ArrayList<>();
      batch.add(LinkRequests.set(LinkChange.of(LOOPBACK).up(true)));
      for (Cidr address : attachment.addresses()) {
        batch.add(AddressRequests.add(link, address));
      }
      batch.add(LinkRequests.set(LinkChange.of(link).up(true)));
      for (InetAddress gateway : attachment.gateways()) {
        batch.add(RouteRequests.add(Route.byDefault(gateway, link)));
      }
      awaitRunning(inside, batch, attachment.podInterface());
      return true;
    }
  }

  /** How the interface is kept quiet from the beginning. */
  private interface Calming {
    CalmIpv6 begin(Attachment attachment) throws IOException;
  }
}
