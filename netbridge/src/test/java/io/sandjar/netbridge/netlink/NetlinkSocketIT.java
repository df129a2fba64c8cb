package io.sandjar.netbridge.netlink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.netbridge.namespace.NetworkNamespace;
import io.sandjar.netbridge.rtnl.Link;
import io.sandjar.netbridge.rtnl.Rtnl;
import io.sandjar.netbridge.sys.Errno;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Talks to the real kernel, in a network namespace of its own. */
class NetlinkSocketIT {
  private static final int RTM_NEWLINK = 16;
  private static final int RTM_GETLINK = 18;
  private static final int IFLA_IFNAME = 3;
  private static final int IFLA_LINKINFO = 18;
  private static final int IFLA_INFO_KIND = 1;
  private static final int IFINFOMSG = 16;
  private static final int RTNLGRP_LINK = 1;

  private NetworkNamespace namespace;
  private NetlinkSocket socket;

  @BeforeEach
  void openInANewNamespace() throws IOException {
    namespace = NetworkNamespace.create();
    socket = namespace.socket(NetlinkProtocol.ROUTE);
  }

  @AfterEach
  void close() {
    socket.close();
    namespace.close();
  }

  @Test
  void aDumpListsWhatTheNamespaceHas() throws IOException {
    assertEquals(List.of("lo"), names());
  }

  @Test
  void manyRequestsGoInOneDatagram() throws IOException {
    List<NetlinkRequest> requests = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      requests.add(add("br" + i));
    }
    socket.execute(requests);
    assertEquals(201, names().size());
  }

  @Test
  void aRefusalNamesWhatWasTriedAndTheOthersOfTheBatchAreDone() throws IOException {
    NetlinkException e =
        assertThrows(
            NetlinkException.class, () -> socket.execute(List.of(add("a"), add("a"), add("b"))));
    assertTrue(e.is(Errno.EEXIST), e.getMessage());
    assertTrue(e.getMessage().startsWith("add bridge a: EEXIST (File exists)"), e.getMessage());
    assertEquals(List.of("lo", "a", "b"), names());
  }

  @Test
  void whatWasChangedIsSeenInTheSameExchangeAndWhatIsMissingIsLeftOut() throws IOException {
    try (Rtnl rtnl = Rtnl.in(namespace)) {
      List<NetlinkRequest> changes = List.of(add("a"), add("b"));
      for (List<NetlinkRequest> batch : List.of(changes, List.<NetlinkRequest>of())) {
        List<Link> seen = rtnl.executeAndLook(batch, List.of("b", "none", "lo", "a"));
        assertEquals(List.of("b", "lo", "a"), seen.stream().map(Link::name).toList());
      }
      assertEquals("a", rtnl.link("a").orElseThrow().name());
    }
  }

  @Test
  void aToleratedErrorIsSuccess() throws IOException {
    socket.execute(List.of(add("a"), add("a").tolerating(Errno.EEXIST)));
    assertEquals(List.of("lo", "a"), names());
  }

  @Test
  void theKernelsOwnExplanationIsInTheMessage() {
    NetlinkRequest badKind =
        NetlinkRequest.of(
            "add nonsense x",
            RTM_NEWLINK,
            Netlink.NLM_F_ACK | Netlink.NLM_F_CREATE,
            new PayloadWriter()
                .zeros(IFINFOMSG)
                .attributeString(IFLA_IFNAME, "x")
                .nested(IFLA_LINKINFO, info -> info.attributeText(IFLA_INFO_KIND, "nonsense")));
    NetlinkException e = assertThrows(NetlinkException.class, () -> socket.execute(badKind));
    assertTrue(e.is(Errno.EOPNOTSUPP), e.getMessage());
    assertEquals("Unknown device type", e.explanation());
    assertTrue(
        e.getMessage().endsWith("(Operation not supported): Unknown device type"), e.getMessage());
  }

  @Test
  void aSubscriptionHearsOfANewLink() throws Exception {
    ArrayBlockingQueue<String> heard = new ArrayBlockingQueue<>(100);
    NetlinkSubscription.Listener listener =
        new NetlinkSubscription.Listener() {
          @Override
          public void event(NetlinkMessage message) {
            if (message.type() == RTM_NEWLINK) {
              heard.add(message.attributes(IFINFOMSG).string(IFLA_IFNAME).orElseThrow());
            }
          }

          @Override
          public void overrun() {}
        };
    NetlinkSubscription subscription =
        namespace.call(
            () -> NetlinkSubscription.open("links", NetlinkProtocol.ROUTE, listener, RTNLGRP_LINK));
    try {
      socket.execute(add("news"));
      assertEquals("news", heard.poll(60, TimeUnit.SECONDS));
    } finally {
      subscription.close();
    }
    heard.clear();
    socket.execute(add("late"));
    assertEquals(0, heard.size());
  }

  private List<String> names() throws IOException {
    return socket
        .dump(
            NetlinkRequest.of(
                "list links",
                RTM_GETLINK,
                Netlink.NLM_F_DUMP,
                new PayloadWriter().zeros(IFINFOMSG)))
        .stream()
        .map(m -> m.attributes(IFINFOMSG).string(IFLA_IFNAME).orElseThrow())
        .toList();
  }

  private static NetlinkRequest add(String name) {
    return NetlinkRequest.of(
        "add bridge " + name,
        RTM_NEWLINK,
        Netlink.NLM_F_ACK | Netlink.NLM_F_CREATE | Netlink.NLM_F_EXCL,
        new PayloadWriter()
            .zeros(IFINFOMSG)
            .attributeString(IFLA_IFNAME, name)
            .nested(IFLA_LINKINFO, info -> info.attributeText(IFLA_INFO_KIND, "bridge")));
  }
}
