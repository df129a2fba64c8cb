package io.sandjar.netbridge.rtnl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.netbridge.Cidr;
import io.sandjar.netbridge.netlink.NetlinkRequest;
import io.sandjar.netbridge.sys.Fd;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Every encoder sends, byte for byte, what {@code ip} sends for the same purpose. */
class EncodersTest {
  private static final int BR0 = 2;
  private static final int V0 = 3;
  private static final int UP0 = 6;
  private static final int VX0 = 7;
  private static final int ROUTE_PROTOCOL = 83;
  private static final int METRIC = 70000;
  private static final int SEQUENCE_AT = 16;
  private static final int SEQUENCE_LENGTH = 8;

  private record Recorded(String command, String hex) {

    /** The one deliberate difference: the port's kind is said as IFLA_INFO_SLAVE_KIND. */
    Recorded withKindOfSlave() {
      String kind = HexFormat.of().formatHex("bridge_slave".getBytes(StandardCharsets.UTF_8));
      assertTrue(hex.contains("10000100" + kind));
      return new Recorded(command, hex.replace("10000100" + kind, "10000400" + kind));
    }
  }

  @TestFactory
  Stream<DynamicTest> sendsWhatIpSends() throws IOException {
    Map<String, Recorded> recorded = recorded();
    // The descriptor that ip had for the namespace; it only goes into the message.
    Fd pod = new Fd(4);
    Map<String, NetlinkRequest> ours = new HashMap<>();
    ours.put("bridge", LinkRequests.add(NewLink.bridge("br0").withMac(mac(1)).withMtu(1450)));
    ours.put(
        "veth",
        LinkRequests.add(
            NewLink.veth("v0", NewLink.peer("eth0").withMac(mac(2)).withMtu(1450).bornIn(pod))
                .withMtu(1450)));
    ours.put("ifb", LinkRequests.add(NewLink.ifb("ifb0")));
    ours.put("dummy", LinkRequests.add(NewLink.of("dm0", new LinkKind.Dummy())));
    ours.put(
        "vxlan",
        LinkRequests.add(
            NewLink.of("vx0", new LinkKind.Vxlan(77, ip("10.9.0.1"), UP0, 4789, false))
                .withMtu(1400)));
    ours.put(
        "vxlan6",
        LinkRequests.add(NewLink.of("vx6", new LinkKind.Vxlan(78, ip("fd09::1"), 0, 4790, false))));
    ours.put("up", LinkRequests.set(LinkChange.of(BR0).up(true)));
    ours.put("down", LinkRequests.set(LinkChange.of(BR0).up(false)));
    ours.put("mtu", LinkRequests.set(LinkChange.of(BR0).mtu(1400)));
    ours.put("address", LinkRequests.set(LinkChange.of(BR0).mac(mac(3))));
    ours.put("master", LinkRequests.set(LinkChange.of(V0).master(BR0)));
    ours.put("alias", LinkRequests.set(LinkChange.of(V0).alias("sandjar pod")));
    ours.put("group", LinkRequests.set(LinkChange.of(V0).group(77)));
    ours.put("addrgen", LinkRequests.set(LinkChange.of(V0).noLinkLocal()));
    ours.put("groupdel", LinkRequests.deleteGroup(78));
    ours.put(
        "port", LinkRequests.set(LinkChange.of(V0).port(new LinkChange.BridgePort(true, true))));
    ours.put("addr4", AddressRequests.add(BR0, Cidr.parse("10.1.0.1/24")));
    ours.put("addr6", AddressRequests.add(BR0, Cidr.parse("fd01::1/64")));
    ours.put("addr4del", AddressRequests.delete(BR0, Cidr.parse("10.1.0.2/24")));
    ours.put("default4", RouteRequests.add(Route.byDefault(ip("10.1.0.9"), BR0)));
    ours.put("default6", RouteRequests.add(Route.byDefault(ip("fd01::9"), BR0)));
    ours.put("route4", RouteRequests.replace(route("10.2.0.0/24", "192.168.0.2", UP0)));
    ours.put("route6", RouteRequests.replace(route("fd02::/64", "fd00::2", UP0)));
    ours.put(
        "metric4",
        RouteRequests.replace(route("10.4.0.0/24", "192.168.0.2", UP0).withMetric(METRIC)));
    ours.put(
        "metric6", RouteRequests.replace(route("fd04::/64", "fd00::2", UP0).withMetric(METRIC)));
    ours.put("onlink4", RouteRequests.replace(route("10.3.0.0/24", "10.3.0.0", VX0).withOnlink()));
    ours.put("routedel", RouteRequests.delete(route("10.2.0.0/24", "192.168.0.2", UP0)));
    ours.put("neigh4", NeighbourRequests.replace(VX0, ip("10.3.0.0"), mac(4)));
    ours.put("neighdel", NeighbourRequests.delete(VX0, ip("10.3.0.0")));
    ours.put("fdb", NeighbourRequests.appendFdb(VX0, mac(4), ip("192.168.0.2")));
    ours.put("fdbdel", NeighbourRequests.deleteFdb(VX0, mac(4), ip("192.168.0.2")));
    ours.put("del", LinkRequests.delete(VX0));
    pod.release();
    assertEquals(recorded.keySet(), ours.keySet());
    recorded.computeIfPresent("port", (name, port) -> port.withKindOfSlave());
    return recorded.entrySet().stream()
        .map(
            entry ->
                DynamicTest.dynamicTest(
                    entry.getValue().command(),
                    () -> {
                      NetlinkRequest request = ours.get(entry.getKey());
                      assertNotNull(request);
                      String sent = HexFormat.of().formatHex(request.encode(0));
                      assertEquals(withoutSequence(entry.getValue().hex()), withoutSequence(sent));
                    }));
  }

  private static Route route(String destination, String via, int link) {
    return Route.of(Cidr.parse(destination), ip(via), link).withProtocol(ROUTE_PROTOCOL);
  }

  private static MacAddress mac(int last) {
    return new MacAddress("02:00:00:00:00:0" + last);
  }

  private static InetAddress ip(String text) {
    return Cidr.address(text);
  }

  /** ip numbers its requests by the clock. */
  private static String withoutSequence(String hex) {
    return hex.substring(0, SEQUENCE_AT) + hex.substring(SEQUENCE_AT + SEQUENCE_LENGTH);
  }

  private static Map<String, Recorded> recorded() throws IOException {
    try (InputStream in = EncodersTest.class.getResourceAsStream("ip.txt")) {
      String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      Map<String, Recorded> recorded = new HashMap<>();
      for (String entry : text.split("\n\n")) {
        if (!entry.startsWith("#")) {
          String[] lines = entry.strip().split("\n");
          recorded.put(lines[0], new Recorded(lines[1], lines[2]));
        }
      }
      return recorded;
    }
  }
}
