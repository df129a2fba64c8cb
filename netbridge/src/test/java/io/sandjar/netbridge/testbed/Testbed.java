package io.sandjar.netbridge.testbed;

import io.sandjar.netbridge.Cidr;
import io.sandjar.netbridge.IpFamily;
import io.sandjar.netbridge.namespace.NetworkNamespace;
import io.sandjar.netbridge.rtnl.LinkChange;
import io.sandjar.netbridge.rtnl.NewLink;
import io.sandjar.netbridge.rtnl.Route;
import io.sandjar.netbridge.rtnl.Rtnl;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * A node with a bridge and pods, and a machine outside of it, all in anonymous network namespaces
 * that vanish with this object. The outside knows no way to the pods, but stands for another node's
 * pod too, by {@link #PEER_POD}, which is inside of the cluster's network.
 */
public final class Testbed implements AutoCloseable {
  public static final String BRIDGE = "cbr0";
  public static final Cidr POD_CIDR = Cidr.parse("10.88.1.0/24");
  public static final Cidr POD_CIDR6 = Cidr.parse("fd88:0:0:1::/64");
  public static final Cidr CLUSTER_CIDR = Cidr.parse("10.88.0.0/16");
  public static final Cidr CLUSTER_CIDR6 = Cidr.parse("fd88::/48");
  public static final InetAddress NODE = Cidr.address("192.0.2.1");
  public static final InetAddress NODE6 = Cidr.address("2001:db8::1");
  public static final InetAddress OUTSIDE = Cidr.address("192.0.2.2");
  public static final InetAddress OUTSIDE6 = Cidr.address("2001:db8::2");
  public static final InetAddress PEER_POD = Cidr.address("10.88.99.2");
  public static final InetAddress PEER_POD6 = Cidr.address("fd88:0:0:99::2");
  public static final int MTU = 1500;

  /** A pod's namespace and addresses. */
  public record Pod(
      String hostInterface, NetworkNamespace namespace, InetAddress address, InetAddress address6) {
    public List<InetAddress> addresses() {
      return List.of(address, address6);
    }
  }

  /** How to close something that was opened on the way. */
  private interface Closing {
    void close() throws IOException;
  }

  private final Deque<Closing> opened = new ArrayDeque<>();
  private final NetworkNamespace node;
  private final NetworkNamespace outside;
  private final Rtnl rtnl;
  private int pods;

  public Testbed() throws IOException {
    if (!"root".equals(System.getProperty("user.name"))) {
      throw new IllegalStateException("this test makes network namespaces: run it as root");
    }
    node = namespace();
    outside = namespace();
    rtnl = opened(Rtnl.in(node));
    Rtnl far = opened(Rtnl.in(outside));
    rtnl.setLink(LinkChange.of("lo").up(true));
    far.setLink(LinkChange.of("lo").up(true));
    rtnl.addLink(NewLink.bridge(BRIDGE).bornUp());
    address(rtnl, BRIDGE, new Cidr(POD_CIDR.at(1), POD_CIDR.prefix()));
    address(rtnl, BRIDGE, new Cidr(POD_CIDR6.at(1), POD_CIDR6.prefix()));
    rtnl.addLink(NewLink.veth("up0", NewLink.peer("eth0").bornIn(outside.fd())).bornUp());
    far.setLink(LinkChange.of("eth0").up(true));
    address(rtnl, "up0", new Cidr(NODE, 24));
    address(rtnl, "up0", new Cidr(NODE6, 64));
    address(far, "eth0", new Cidr(OUTSIDE, 24));
    address(far, "eth0", new Cidr(OUTSIDE6, 64));
    address(far, "lo", new Cidr(PEER_POD, 32));
    address(far, "lo", new Cidr(PEER_POD6, 128));
    int up0 = index(rtnl, "up0");
    rtnl.addRoute(Route.of(new Cidr(PEER_POD, 32), OUTSIDE, up0));
    rtnl.addRoute(Route.of(new Cidr(PEER_POD6, 128), OUTSIDE6, up0));
    int eth0 = index(far, "eth0");
    far.addRoute(Route.of(POD_CIDR, NODE, eth0));
    far.addRoute(Route.of(POD_CIDR6, NODE6, eth0));
  }

  public NetworkNamespace node() {
    return node;
  }

  public NetworkNamespace outside() {
    return outside;
  }

  public Rtnl rtnl() {
    return rtnl;
  }

  /** Adds a pod to the bridge. */
  public Pod addPod() throws IOException {
    int number = ++pods;
    NetworkNamespace namespace = namespace();
    String host = "veth" + number;
    rtnl.addLink(
        NewLink.veth(host, NewLink.peer("eth0").bornIn(namespace.fd()))
            .in(index(rtnl, BRIDGE))
            .bornUp());
    // With br_netfilter a packet that is sent back to its pod never leaves the bridge.
    rtnl.setLink(LinkChange.of(host).port(new LinkChange.BridgePort(true, false)));
    Pod pod = new Pod(host, namespace, POD_CIDR.at(number + 1L), POD_CIDR6.at(number + 1L));
    try (Rtnl inside = Rtnl.in(namespace)) {
      inside.setLink(LinkChange.of("lo").up(true));
      inside.setLink(LinkChange.of("eth0").up(true));
      address(inside, "eth0", new Cidr(pod.address(), POD_CIDR.prefix()));
      address(inside, "eth0", new Cidr(pod.address6(), POD_CIDR6.prefix()));
      int eth0 = index(inside, "eth0");
      inside.addRoute(Route.byDefault(POD_CIDR.at(1), eth0));
      inside.addRoute(Route.byDefault(POD_CIDR6.at(1), eth0));
    }
    return pod;
  }

  /**
   * A new namespace, in whose links IPv6 can be used at once: while duplicate address detection
   * looks at a link-local address, a node asks for no neighbour on behalf of others.
   */
  private NetworkNamespace namespace() throws IOException {
    NetworkNamespace made = opened(NetworkNamespace.create());
    return made.call(
        () -> {
          Files.writeString(procSys().resolve("net/ipv6/conf/default/accept_dad"), "0");
          return made;
        });
  }

  /** Runs a program inside the node and answers what it printed. */
  public String run(String... command) throws IOException {
    return run(node, command);
  }

  /** Runs a program inside a namespace and answers what it printed; a failure is an exception. */
  public static String run(NetworkNamespace namespace, String... command) throws IOException {
    return namespace.call(
        () -> {
          // A child process starts in the namespace of the thread that forks it.
          ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
          Process process = builder.start();
          process.getOutputStream().close();
          String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
          try {
            if (process.waitFor() != 0) {
              throw new IOException(String.join(" ", command) + ": " + said);
            }
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
          }
          return said;
        });
  }

  /** Where sysctls lie, for a thread inside a namespace. */
  public static Path procSys() {
    return Path.of("/proc/sys");
  }

  private static void address(Rtnl rtnl, String link, Cidr address) throws IOException {
    rtnl.addAddress(index(rtnl, link), address);
  }

  private static int index(Rtnl rtnl, String link) throws IOException {
    return rtnl.link(link).orElseThrow(() -> new IOException("no link " + link)).index();
  }

  /** Closes the resource with this bed. */
  public <T extends AutoCloseable> T opened(T resource) {
    opened.push(
        () -> {
          try {
            resource.close();
          } catch (IOException | RuntimeException e) {
            throw e;
          } catch (Exception e) {
            throw new IOException(e);
          }
        });
    return resource;
  }

  public static InetAddress loopback(IpFamily family) {
    return Cidr.address(family == IpFamily.IPV4 ? "127.0.0.1" : "::1");
  }

  @Override
  public void close() throws IOException {
    IOException failure = null;
    while (!opened.isEmpty()) {
      try {
        opened.pop().close();
      } catch (IOException e) {
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
