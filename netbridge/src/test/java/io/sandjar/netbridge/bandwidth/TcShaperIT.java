package io.sandjar.netbridge.bandwidth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.netbridge.Attachment;
import io.sandjar.netbridge.Bandwidth;
import io.sandjar.netbridge.namespace.NetworkNamespace;
import io.sandjar.netbridge.testbed.Testbed;
import io.sandjar.netbridge.testbed.Testbed.Pod;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the limits do to a stream of bytes, in namespaces of its own. */
class TcShaperIT {
  private static final long LIMIT = 4_000_000;
  private static final int BYTES = 1_000_000;
  private static final int PORT = 5001;

  private Testbed bed;
  private Pod pod;
  private TcShaper shaper;

  @BeforeEach
  void aNodeWithAPod() throws IOException {
    bed = new Testbed();
    pod = bed.addPod();
    shaper = new TcShaper(bed.rtnl());
  }

  @AfterEach
  void takeDown() throws IOException {
    bed.close();
  }

  @Test
  void whatAPodReceivesIsLimited() throws IOException {
    shaper.limit(pod.hostInterface(), new Bandwidth(LIMIT, 0), Testbed.MTU);
    assertLimited(bitsPerSecond(bed.node(), pod.namespace(), pod.address()));
    assertUnlimited(() -> bitsPerSecond(pod.namespace(), bed.node(), Testbed.POD_CIDR.at(1)));
  }

  @Test
  void whatAPodSendsIsLimited() throws IOException {
    shaper.limit(pod.hostInterface(), new Bandwidth(0, LIMIT), Testbed.MTU);
    assertLimited(bitsPerSecond(pod.namespace(), bed.node(), Testbed.POD_CIDR.at(1)));
    assertUnlimited(() -> bitsPerSecond(bed.node(), pod.namespace(), pod.address()));
  }

  @Test
  void aLimitIsReplacedAndLifted() throws IOException {
    shaper.limit(pod.hostInterface(), new Bandwidth(1_000_000, 1_000_000), Testbed.MTU);
    shaper.limit(pod.hostInterface(), new Bandwidth(LIMIT, LIMIT), Testbed.MTU);
    assertLimited(bitsPerSecond(bed.node(), pod.namespace(), pod.address()));
    assertLimited(bitsPerSecond(pod.namespace(), bed.node(), Testbed.POD_CIDR.at(1)));
    shaper.limit(pod.hostInterface(), Bandwidth.UNLIMITED, Testbed.MTU);
    assertUnlimited(() -> bitsPerSecond(bed.node(), pod.namespace(), pod.address()));
    assertUnlimited(() -> bitsPerSecond(pod.namespace(), bed.node(), Testbed.POD_CIDR.at(1)));
  }

  @Test
  void theIntermediateLinkIsRemovedAfterThePod() throws IOException {
    shaper.limit(pod.hostInterface(), new Bandwidth(0, LIMIT), Testbed.MTU);
    String ifb = TcShaper.ifbName(pod.hostInterface());
    assertTrue(bed.rtnl().link(ifb).isPresent());
    bed.rtnl().deleteLink(pod.hostInterface());
    shaper.remove(pod.hostInterface());
    assertFalse(bed.rtnl().link(ifb).isPresent());
    shaper.remove(pod.hostInterface());
  }

  /** A limit that was set anew again and again would let a burst through each time. */
  @ParameterizedTest
  @CsvSource({"8000000, 8mbit", "40000000000, 40gbit"})
  void aRepairTouchesOnlyWhatIsNotInOrder(long limit, String rate) throws IOException {
    String link = pod.hostInterface();
    shaper.limit(link, new Bandwidth(limit, limit), Testbed.MTU);
    String sign = "burst 3Mb";
    bed.run(
        "sh",
        "-c",
        "tc qdisc change dev %s root tbf rate %s burst 3mb limit 4mb".formatted(link, rate));
    List<Attachment> pods = List.of(attachment(new Bandwidth(limit, limit)));
    assertEquals(List.of(), shaper.repair(pods));
    assertTrue(queues(link).contains(sign), queues(link));
    bed.run("tc", "qdisc", "del", "dev", link, "ingress");
    assertEquals(List.of(), shaper.repair(pods));
    assertTrue(queues(link).contains("ingress"), queues(link));
    assertFalse(queues(link).contains(sign), queues(link));
    bed.run("tc", "filter", "del", "dev", link, "ingress");
    assertEquals(List.of(), shaper.repair(pods));
    String filters = bed.run("tc", "filter", "show", "dev", link, "ingress");
    assertTrue(filters.contains("Redirect to device " + TcShaper.ifbName(link)), filters);
  }

  private String queues(String link) throws IOException {
    return bed.run("tc", "qdisc", "show", "dev", link);
  }

  private Attachment attachment(Bandwidth bandwidth) {
    return new Attachment(
        "id",
        "bridge",
        "default",
        "pod",
        List.of(),
        List.of(),
        "",
        Testbed.MTU,
        "eth0",
        pod.hostInterface(),
        "",
        List.of(),
        bandwidth,
        Map.of());
  }

  private static void assertLimited(double rate) {
    assertTrue(rate < LIMIT * 1.5 && rate > LIMIT * 0.05, "measured " + rate + " bit/s");
  }

  private interface Measurement {
    double take() throws IOException;
  }

  /** What is limited never is so fast; what is not may stand still for other reasons. */
  private static void assertUnlimited(Measurement rate) throws IOException {
    double measured = 0;
    for (int i = 0; i < 20 && measured <= LIMIT * 2; i++) {
      measured = rate.take();
    }
    assertTrue(measured > LIMIT * 2, "measured " + measured + " bit/s");
  }

  private static double bitsPerSecond(
      NetworkNamespace from, NetworkNamespace to, InetAddress address) throws IOException {
    try (ServerSocket server = to.call(() -> new ServerSocket(PORT));
        Socket sender = from.call(Socket::new)) {
      CompletableFuture<Long> received =
          CompletableFuture.supplyAsync(
              () -> {
                try (Socket receiver = server.accept();
                    InputStream in = receiver.getInputStream()) {
                  in.readNBytes(BYTES);
                  return System.nanoTime();
                } catch (IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              });
      // A socket without an address has no descriptor yet, so it connects inside too.
      from.call(
          () -> {
            sender.connect(new InetSocketAddress(address, PORT), 10_000);
            return null;
          });
      long start = System.nanoTime();
      OutputStream out = sender.getOutputStream();
      out.write(new byte[BYTES]);
      return BYTES * 8e9 / (received.join() - start);
    }
  }
}
