package io.sandjar.runtime.pod.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.grpc.Server;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class ProbeRunnerTest {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration LONG = Duration.ofSeconds(60);

  private final MultiThreadIoEventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final ProbeRunner runner = new ProbeRunner(loops, "kube-probe/1.32");
  private final CountDownLatch testEnds = new CountDownLatch(1);
  private HttpServer http;

  @BeforeEach
  void serve() throws IOException {
    http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    http.start();
  }

  @AfterEach
  void end() {
    testEnds.countDown();
    http.stop(0);
    loops.shutdownGracefully(0, 0, TimeUnit.SECONDS);
  }

  @Test
  void statusesFrom200To399AreSuccesses() throws Exception {
    for (int status : List.of(200, 204, 304, 399)) {
      answer("/s" + status, status, "");
      assertTrue(get("/s" + status).success(), "status " + status);
    }
    for (int status : List.of(400, 404, 500, 503)) {
      answer("/s" + status, status, "secret");
      var outcome = get("/s" + status);
      assertFalse(outcome.success(), "status " + status);
      assertEquals("HTTP probe failed with statuscode: " + status, outcome.message());
    }
  }

  @Test
  void theRequestIsTheKubelets() throws Exception {
    var seen = new AtomicReference<HttpExchange>();
    http.createContext(
        "/path",
        exchange -> {
          seen.set(exchange);
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    var headers =
        List.of(
            new ProbeCheck.Header("Host", "my.host"),
            new ProbeCheck.Header("X-A", "1"),
            new ProbeCheck.Header("X-A", "2"),
            new ProbeCheck.Header("Accept", ""));
    var check = new ProbeCheck.HttpGet(false, Optional.empty(), port(), "/path?a=b", headers);
    assertTrue(runner.run(check, target(), LONG).get().success());
    var request = seen.get().getRequestHeaders();
    assertEquals(List.of("my.host"), request.get("Host"));
    assertEquals(2, request.get("X-A").size());
    assertEquals(List.of("kube-probe/1.32"), request.get("User-Agent"));
    assertEquals(List.of("close"), request.get("Connection"));
    assertFalse(request.containsKey("Accept"));
    assertEquals("a=b", seen.get().getRequestURI().getRawQuery());
  }

  @Test
  void aLocalRedirectIsFollowed() throws Exception {
    redirect("/from", "/to");
    answer("/to", 500, "");
    assertEquals("HTTP probe failed with statuscode: 500", get("/from").message());
  }

  @Test
  void aRedirectToAnotherHostIsASuccess() throws Exception {
    redirect("/away", "http://elsewhere.invalid/");
    var outcome = get("/away");
    assertTrue(outcome.success());
    assertTrue(outcome.message().startsWith("Probe terminated redirects"), outcome.message());
  }

  @Test
  void redirectsInACircleFail() throws Exception {
    redirect("/circle", "/circle");
    var outcome = get("/circle");
    assertFalse(outcome.success());
    assertTrue(outcome.message().endsWith("stopped after 10 redirects"), outcome.message());
  }

  @Test
  void aServerThatDoesNotAnswerFailsInTime() throws Exception {
    http.createContext("/slow", exchange -> awaitEnd());
    var check = new ProbeCheck.HttpGet(false, Optional.empty(), port(), "/slow", List.of());
    var outcome = runner.run(check, target(), SECOND).get();
    assertFalse(outcome.success());
    assertTrue(outcome.message().contains("deadline exceeded"), outcome.message());
  }

  @Test
  void aLargeBodyIsNotReadToItsEnd() throws Exception {
    http.createContext(
        "/large",
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          exchange.getResponseBody().write(new byte[64 * 1024]);
          exchange.getResponseBody().flush();
          awaitEnd();
        });
    assertTrue(get("/large").success());
  }

  @Test
  void aCertificateIsNotVerified(@TempDir Path directory) throws Exception {
    try (var server = new TlsServer(directory)) {
      var check = new ProbeCheck.HttpGet(true, Optional.empty(), server.port(), "/", List.of());
      var outcome = runner.run(check, target(), LONG).get();
      assertTrue(outcome.success(), outcome.message());
    }
  }

  @Test
  void aTcpCheckOnlyConnects() throws Exception {
    int port;
    try (var server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      port = server.getLocalPort();
      assertTrue(tcp(port).success());
    }
    var refused = tcp(port);
    assertFalse(refused.success());
    assertEquals("dial tcp 127.0.0.1:" + port + ": Connection refused", refused.message());
  }

  @Test
  void aGrpcServerTellsItsHealth() throws Exception {
    var health = new HealthStatusManager();
    Server server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .addService(health.getHealthService())
            .build()
            .start();
    int port = server.getPort();
    try {
      assertTrue(grpc(port, "").success());
      health.setStatus("db", ServingStatus.NOT_SERVING);
      assertEquals(
          "service unhealthy (responded with \"NOT_SERVING\")", grpc(port, "db").message());
      assertFalse(grpc(port, "unknown").success());
    } finally {
      server.shutdownNow().awaitTermination();
    }
    assertFalse(grpc(port, "").success());
  }

  @Test
  void aCommandIsRunByTheTarget() throws Exception {
    var check = new ProbeCheck.Exec(List.of("true"));
    assertTrue(runner.run(check, target(), SECOND).get().success());
  }

  private ProbeOutcome get(String path) throws Exception {
    var check = new ProbeCheck.HttpGet(false, Optional.empty(), port(), path, List.of());
    return runner.run(check, target(), LONG).get();
  }

  private ProbeOutcome tcp(int port) throws Exception {
    return runner.run(new ProbeCheck.TcpSocket(Optional.empty(), port), target(), LONG).get();
  }

  private ProbeOutcome grpc(int port, String service) throws Exception {
    return runner.run(new ProbeCheck.Grpc(port, service), target(), LONG).get();
  }

  private int port() {
    return http.getAddress().getPort();
  }

  private void answer(String path, int status, String body) {
    http.createContext(
        path,
        exchange -> {
          exchange.sendResponseHeaders(status, body.isEmpty() ? -1 : body.length());
          exchange.getResponseBody().write(body.getBytes());
          exchange.close();
        });
  }

  private void redirect(String path, String to) {
    http.createContext(
        path,
        exchange -> {
          exchange.getResponseHeaders().set("Location", to);
          exchange.sendResponseHeaders(302, -1);
          exchange.close();
        });
  }

  private void awaitEnd() {
    try {
      testEnds.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static ProbeTarget target() {
    return new ProbeTarget() {
      @Override
      public String address() {
        return "127.0.0.1";
      }

      @Override
      public CompletionStage<ProbeOutcome> exec(List<String> command, Duration timeout) {
        return CompletableFuture.completedFuture(
            new ProbeOutcome(command.equals(List.of("true")), ""));
      }
    };
  }
}
