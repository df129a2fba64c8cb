package io.sandjar.runtime.cri;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FootprintTest {

  @Test
  void socketsAndWhatWaitsForThemCount() throws IOException {
    Map<String, Integer> before = look();
    try (var unix = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        var udp = DatagramChannel.open(StandardProtocolFamily.INET).bind(null);
        var selector = Selector.open()) {
      Map<String, Integer> now = look();
      for (String kind : new String[] {"socket: unix", "socket: udp", "anon_inode:[eventpoll]"}) {
        assertEquals(before.getOrDefault(kind, 0) + 1, now.getOrDefault(kind, 0), now.toString());
      }
      assertEquals(true, unix.isOpen() && udp.isOpen() && selector.isOpen());
    }
    Footprint.awaitDescriptors(ProcessHandle.current().pid(), before);
  }

  private static Map<String, Integer> look() throws IOException {
    return Footprint.descriptors(ProcessHandle.current().pid());
  }
}
