package io.sandjar.runtime.stream;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Port-forwards over SPDY to ports of this machine. */
@Timeout(300)
class SpdyForwardTest extends LocalStreams {
  @Test
  void streamsOfOneForwardAreLimited() throws Exception {
    var limits = new StreamLimits(Duration.ofSeconds(30), Duration.ofHours(4), 4);
    try (var limited = StreamingServer.start(config(10, 10, limits));
        var listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        var client =
            new SpdyClient(
                limited.portForwardUrl(List.of(), PodSockets.onHost()), "portforward.k8s.io")) {
      var first = forward(client, listener, 1);
      forward(client, listener, 2);
      assertTrue(forward(client, listener, 3).reset, "a fifth stream is one too many");
      first.reset();
      // The server ends the two streams of a connection one after the other.
      for (String type : List.of("error", "data")) {
        int attempts = 0;
        while (forwardStream(client, type, listener, 4).reset) {
          assertTrue(attempts++ < 1000, "an ended stream makes room for another");
          Thread.sleep(10);
        }
      }
    }
  }

  @Test
  void connectionsWhoseClientLeftWhileTheyWaitForThePodAreLimitedToo() throws Exception {
    var limits = new StreamLimits(Duration.ofSeconds(30), Duration.ofHours(4), 4);
    var waiting = new ArrayList<SocketChannel>();
    try (var limited = StreamingServer.start(config(10, 10, limits));
        var silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        var client =
            new SpdyClient(
                limited.portForwardUrl(List.of(), PodSockets.onHost()), "portforward.k8s.io")) {
      // The kernel answers no more of them than the backlog holds.
      for (int i = 0; i < 8; i++) {
        var socket = SocketChannel.open();
        waiting.add(socket);
        socket.configureBlocking(false);
        socket.connect(silent.getLocalSocketAddress());
      }
      boolean refused = false;
      for (int request = 0; request < 100 && !refused; request++) {
        var error = forwardStream(client, "error", silent, request);
        var data = forwardStream(client, "data", silent, request);
        refused = data.reset;
        data.reset();
        error.reset();
      }
      assertTrue(refused, "a hundred connections wait for the pod");
    } finally {
      for (var socket : waiting) {
        socket.close();
      }
    }
  }

  /** The data stream of one more connection to the port. */
  private static SpdyClient.Stream forward(SpdyClient client, ServerSocket to, int request)
      throws Exception {
    forwardStream(client, "error", to, request);
    return forwardStream(client, "data", to, request);
  }

  private static SpdyClient.Stream forwardStream(
      SpdyClient client, String type, ServerSocket to, int request) throws Exception {
    String port = Integer.toString(to.getLocalPort());
    String id = Integer.toString(request);
    var stream = client.open("streamtype", type, "port", port, "requestid", id);
    if (type.equals("error") && !stream.reset) {
      // As kubectl does, which has nothing to say on it.
      stream.end();
    }
    return stream;
  }
}
