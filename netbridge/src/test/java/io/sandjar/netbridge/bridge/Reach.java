package io.sandjar.netbridge.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sandjar.netbridge.Cidr;
import io.sandjar.netbridge.namespace.NetworkNamespace;
import io.sandjar.netbridge.testbed.WhoAmI;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Tries whether pods reach each other by their own addresses. */
final class Reach {
  private static final int PORT = 8080;
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(120);

  private Reach() {}

  /**
   * What a caller sees: that each pod pings and connects to each, and is seen by its own address.
   */
  static void eachReachesEach(List<NodeLab.Pod> pods) throws IOException {
    List<WhoAmI> servers = new ArrayList<>();
    try {
      for (NodeLab.Pod pod : pods) {
        servers.add(WhoAmI.start(pod.namespace(), pod.attachment().sandboxId(), PORT));
      }
      for (NodeLab.Pod from : pods) {
        for (NodeLab.Pod to : pods) {
          reaches(from, to);
        }
      }
    } finally {
      for (WhoAmI server : servers) {
        server.close();
      }
    }
  }

  private static void reaches(NodeLab.Pod from, NodeLab.Pod to) throws IOException {
    for (int i = 0; i < to.attachment().addresses().size(); i++) {
      InetAddress target = to.attachment().addresses().get(i).address();
      InetAddress own = from.attachment().addresses().get(i).address();
      ping(from.namespace(), target);
      assertEquals(
          to.attachment().sandboxId() + " " + own.getHostAddress(),
          WhoAmI.askTcp(from.namespace(), target, PORT),
          () -> from.attachment().ips() + " connects to " + target);
    }
  }

  /** One packet must come back, at once. */
  static void ping(NetworkNamespace from, InetAddress target) throws IOException {
    run(from, "ping", "-n", "-c", "1", "-W", "5", target.getHostAddress());
  }

  /** One packet must come back, after a repair that takes a moment. */
  static void pingSoon(NetworkNamespace from, InetAddress target) throws IOException {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (true) {
      try {
        run(from, "ping", "-n", "-c", "1", "-W", "1", target.getHostAddress());
        return;
      } catch (IOException e) {
        if (System.nanoTime() > deadline) {
          throw e;
        }
      }
    }
  }

  static InetAddress ip(String text) {
    return Cidr.address(text);
  }

  static String run(NetworkNamespace namespace, String... command) throws IOException {
    return namespace.call(
        () -> {
          // A child starts in the namespace of the thread that makes it.
          Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
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
}
