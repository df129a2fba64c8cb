package io.sandjar.runtime.stream;

import io.sandjar.runtime.linux.Epoll;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A streaming server in front of processes of this machine. */
abstract class LocalStreams {
  static final StdioOptions ALL = new StdioOptions(true, true, true, false);
  static final StdioOptions OUTPUT = new StdioOptions(false, true, true, false);
  static final StdioOptions TERMINAL = new StdioOptions(true, true, false, true);
  static final String V4 = "v4.channel.k8s.io";
  static final String V5 = "v5.channel.k8s.io";

  private Epoll epoll;
  StreamingServer server;
  volatile LocalProcess process;

  @BeforeEach
  void start() throws IOException {
    epoll = Epoll.start("test-streams");
    server =
        StreamingServer.start(
            StreamingConfig.on(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)));
  }

  @AfterEach
  void end() {
    server.close();
    epoll.close();
  }

  static StreamingConfig config(int tokens, int connections, StreamLimits limits) {
    return new StreamingConfig(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
        Duration.ofMinutes(1),
        tokens,
        connections,
        1,
        limits);
  }

  String exec(StdioOptions options, String script) {
    return server.execUrl(options, () -> open(options, script));
  }

  CompletableFuture<StdioSession> open(StdioOptions options, String script) {
    try {
      process = LocalProcess.shell(epoll, options, script);
      return CompletableFuture.completedFuture(process);
    } catch (IOException e) {
      return CompletableFuture.failedFuture(e);
    }
  }
}
