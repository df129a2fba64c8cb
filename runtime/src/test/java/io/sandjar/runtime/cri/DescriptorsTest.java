package io.sandjar.runtime.cri;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.nio.channels.ServerSocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DescriptorsTest {
  private static final String UNIX = "socket: unix";

  @Test
  void aProcessSocketsCountByWhatTheySpeak() throws IOException {
    int before = look();
    List<ServerSocketChannel> opened = new ArrayList<>();
    try {
      for (int i = 0; i < 60; i++) {
        opened.add(ServerSocketChannel.open(StandardProtocolFamily.UNIX));
      }
      // Others of this process may be closed meanwhile.
      assertTrue(look() > before + 30, () -> before + " of them before");
    } finally {
      for (ServerSocketChannel each : opened) {
        each.close();
      }
    }
  }

  private static int look() throws IOException {
    return Descriptors.of(ProcessHandle.current().pid()).getOrDefault(UNIX, 0);
  }

  @Test
  void socketsMayBecomeFewerAndNeverMore() {
    Map<String, Integer> before = Map.of(UNIX, 2, "socket: unused or of a pod", 1, "pipe:", 3);
    assertTrue(Descriptors.isAsBefore(before, before));
    assertTrue(Descriptors.isAsBefore(before, Map.of(UNIX, 2, "socket: netlink", 1, "pipe:", 3)));
    assertTrue(Descriptors.isAsBefore(before, Map.of(UNIX, 1, "pipe:", 3)));
    assertFalse(Descriptors.isAsBefore(before, Map.of(UNIX, 2, "socket: netlink", 2, "pipe:", 3)));
    assertFalse(Descriptors.isAsBefore(before, Map.of(UNIX, 2, "pipe:", 2)));
    assertFalse(Descriptors.isAsBefore(before, Map.of(UNIX, 2, "pipe:", 3, "[eventfd]", 1)));
  }
}
