package io.sandjar.runtime.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.runtime.api.PlainHttp;
import io.sandjar.runtime.linux.Epoll;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A streaming server in front of processes of this machine. */
abstract class LocalStreams {
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(120);

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

  /** Only as many as the test itself has there. */
  static StreamingServer serverFor(int connections) throws IOException {
    return StreamingServer.start(config(10, connections, StreamLimits.KUBERNETES));
  }

  /** Waits until the server has seen one of its clients leave. */
  static void awaitRoom(StreamingServer full) throws InterruptedException {
    long end = System.nanoTime() + PATIENCE_NANOS;
    while (!isServed(full.address())) {
      assertTrue(System.nanoTime() < end, "a connection that has ended makes room for another");
      Thread.sleep(5);
    }
  }

  private static boolean isServed(InetSocketAddress server) {
    try {
      return PlainHttp.on(server).get("/nothing").status() == 404;
    } catch (IOException refused) {
      return false;
    }
  }

  /** Sends something to a command that is opened for it, and hangs up. */
  interface HastyClient {
    void sendAndLeave(String url, String sent) throws Exception;
  }

  /**
   * The command starts only after the client was seen to leave, and says something before it reads
   * and after.
   */
  void expectAllToArrive(HastyClient client, Path folder) throws Exception {
    var whole = folder.resolve("whole");
    var script = "echo first; cat > part; echo last; mv part whole";
    try (var one = serverFor(1)) {
      var opening = new CompletableFuture<StdioSession>();
      client.sendAndLeave(one.execUrl(ALL, () -> opening), "all of it");
      awaitRoom(one);
      open(ALL, "cd " + folder + "; " + script).thenAccept(opening::complete);
      assertEquals(0, process.exitStatus().get(120, TimeUnit.SECONDS));
      assertEquals("all of it", Files.readString(whole));
      assertTrue(process.closed.await(120, TimeUnit.SECONDS), "nobody holds it any more");
    }
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
