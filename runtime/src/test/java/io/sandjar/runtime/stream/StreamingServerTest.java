package io.sandjar.runtime.stream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sandjar.runtime.api.PlainHttp;
import io.sandjar.runtime.linux.Epoll;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Exec and attach, by real clients, with processes of this machine. */
@Timeout(300)
class StreamingServerTest {
  private static final StdioOptions ALL = new StdioOptions(true, true, true, false);
  private static final StdioOptions OUTPUT = new StdioOptions(false, true, true, false);
  private static final StdioOptions TERMINAL = new StdioOptions(true, true, false, true);
  private static final String V4 = "v4.channel.k8s.io";
  private static final String V5 = "v5.channel.k8s.io";

  private Epoll epoll;
  private StreamingServer server;
  private volatile LocalProcess process;

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

  @Test
  void aCommandsOutputAndExitCodeArrive() throws Exception {
    try (var client = new SpdyClient(exec(OUTPUT, "echo out; echo err >&2; exit 7"), V4)) {
      assertEquals(V4, client.header("x-stream-protocol-version"));
      var error = client.open("streamtype", "error");
      var stdout = client.open("streamtype", "stdout");
      var stderr = client.open("streamtype", "stderr");
      assertEquals("out\n", stdout.textToEnd());
      assertEquals("err\n", stderr.textToEnd());
      var status = JSON.std.mapFrom(error.textToEnd());
      assertEquals("Failure", status.get("status"));
      assertEquals("NonZeroExitCode", status.get("reason"));
      assertEquals(
          Map.of("causes", List.of(Map.of("reason", "ExitCode", "message", "7"))),
          status.get("details"));
      client.await(client::isClosed);
      assertTrue(client.isGoneAway());
    }
    assertTrue(process.closed.await(60, TimeUnit.SECONDS));
  }

  @Test
  void successIsTold() throws Exception {
    try (var client = new SpdyClient(exec(OUTPUT, "true"), V4)) {
      var error = client.open("streamtype", "error");
      client.open("streamtype", "stdout");
      client.open("streamtype", "stderr");
      assertEquals("Success", JSON.std.mapFrom(error.textToEnd()).get("status"));
    }
  }

  @Test
  void olderClientsAreToldFailuresInWords() throws Exception {
    for (var version : List.of("v3.channel.k8s.io", "v2.channel.k8s.io", "channel.k8s.io")) {
      try (var client = new SpdyClient(exec(OUTPUT, "exit 3"), version)) {
        var error = client.open("streamtype", "error");
        client.open("streamtype", "stdout");
        client.open("streamtype", "stderr");
        assertEquals("command terminated with non-zero exit code: 3", error.textToEnd());
      }
    }
  }

  @Test
  void aClientWithoutAVersionSpeaksTheFirst() throws Exception {
    try (var client = new SpdyClient(exec(OUTPUT, "true"))) {
      assertEquals(null, client.header("x-stream-protocol-version"));
      var error = client.open("streamtype", "error");
      client.open("streamtype", "stdout");
      client.open("streamtype", "stderr");
      assertEquals("", error.textToEnd());
    }
  }

  @Test
  void theEndOfTheInputReachesTheCommand() throws Exception {
    try (var client = new SpdyClient(exec(ALL, "cat; echo end"), V4)) {
      client.open("streamtype", "error");
      var stdin = client.open("streamtype", "stdin");
      var stdout = client.open("streamtype", "stdout");
      client.open("streamtype", "stderr");
      stdin.send("hello ");
      stdout.awaitText("hello ");
      stdin.end();
      assertEquals("hello end\n", stdout.textToEnd());
    }
  }

  @Test
  void muchInputComesBackWhole() throws Exception {
    byte[] much = new byte[20_000_000];
    new Random(1).nextBytes(much);
    try (var client = new SpdyClient(exec(ALL, "cat"), V4)) {
      client.open("streamtype", "error");
      var stdin = client.open("streamtype", "stdin");
      var stdout = client.open("streamtype", "stdout");
      client.open("streamtype", "stderr");
      for (int at = 0; at < much.length; at += 50_000) {
        stdin.send(Arrays.copyOfRange(much, at, at + 50_000));
      }
      stdin.end();
      stdout.textToEnd();
      assertArrayEquals(much, stdout.bytes());
    }
  }

  @Test
  void aTerminalIsResized() throws Exception {
    try (var client = new SpdyClient(exec(TERMINAL, "read x; stty size"), V4)) {
      client.open("streamtype", "error");
      var stdin = client.open("streamtype", "stdin");
      var stdout = client.open("streamtype", "stdout");
      var resize = client.open("streamtype", "resize");
      resize.send("{\"Width\":10");
      resize.send("0,\"Height\":40}\n{\"Width\":120,\"Height\":50}");
      client.await(() -> process != null && process.sizes.size() == 2);
      stdin.send("\n");
      assertTrue(stdout.textToEnd().contains("50 120"), stdout.text());
    }
  }

  @Test
  void anEndedCommandsOrphanDoesNotHoldTheClient() throws Exception {
    try (var client = new SpdyClient(exec(OUTPUT, "sleep 60 & echo $!; exit 4"), V4)) {
      var error = client.open("streamtype", "error");
      var stdout = client.open("streamtype", "stdout");
      client.open("streamtype", "stderr");
      assertTrue(error.textToEnd().contains("\"4\""), error.text());
      long orphan = Long.parseLong(stdout.text().strip());
      ProcessHandle.of(orphan).orElseThrow().destroy();
    }
  }

  @Test
  void aCommandThatCannotBeStartedSaysWhy() throws Exception {
    var url =
        server.execUrl(
            OUTPUT, () -> CompletableFuture.failedFuture(new IOException("no such program: x")));
    try (var client = new SpdyClient(url, V4)) {
      var error = client.open("streamtype", "error");
      client.open("streamtype", "stdout");
      client.open("streamtype", "stderr");
      var status = JSON.std.mapFrom(error.textToEnd());
      assertEquals("InternalError", status.get("reason"));
      assertTrue(status.get("message").toString().endsWith("no such program: x"));
    }
  }

  @Test
  void anAttachEndsWellWhateverTheContainersExitCode() throws Exception {
    var url = server.attachUrl(OUTPUT, () -> open(OUTPUT, "exit 9"));
    try (var client = new SpdyClient(url, V4)) {
      var error = client.open("streamtype", "error");
      client.open("streamtype", "stdout");
      client.open("streamtype", "stderr");
      assertEquals("Success", JSON.std.mapFrom(error.textToEnd()).get("status"));
    }
  }

  @Test
  void aClientThatLeavesEndsItsSession() throws Exception {
    try (var client = new SpdyClient(exec(ALL, "cat"), V4)) {
      client.open("streamtype", "error");
      var stdin = client.open("streamtype", "stdin");
      var stdout = client.open("streamtype", "stdout");
      client.open("streamtype", "stderr");
      stdin.send("x");
      stdout.awaitText("x");
    }
    assertTrue(process.closed.await(60, TimeUnit.SECONDS));
  }

  @Test
  void aClientThatReadsNothingStopsTheCommand() throws Exception {
    try (var client = new SpdyClient(exec(OUTPUT, "exec head -c 50000000 /dev/zero"), V4)) {
      client.open("streamtype", "error");
      client.open("streamtype", "stderr");
      client.pause(true);
      var opening =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return client.open("streamtype", "stdout");
                } catch (IOException | InterruptedException e) {
                  throw new AssertionError(e);
                }
              });
      client.await(() -> process != null);
      var writer = process;
      assertStaysFull(writer::outputIsFull);
      assertFalse(writer.exitStatus().isDone(), "the command waits for its reader");
      client.pause(false);
      opening.get().textToEnd();
      assertEquals(50_000_000, opening.get().bytes().length);
    }
  }

  @Test
  void aCommandThatReadsNothingStopsTheClient() throws Exception {
    try (var client = new SpdyClient(exec(ALL, "sleep 60"), V4)) {
      client.open("streamtype", "error");
      var stdin = client.open("streamtype", "stdin");
      client.open("streamtype", "stdout");
      client.open("streamtype", "stderr");
      var sending =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  for (int i = 0; i < 1000; i++) {
                    stdin.send(new byte[100_000]);
                  }
                  return "all of it";
                } catch (IOException e) {
                  return e.toString();
                }
              });
      client.await(() -> process != null);
      assertStaysFull(process::inputIsFull);
      assertFalse(sending.isDone(), () -> "100 MB found room somewhere: " + sending.join());
    }
  }

  /** What can be full. */
  private interface Room {
    boolean isFull() throws IOException;
  }

  /** Full at many looks in a row: whoever can go on has had his turn. */
  private static void assertStaysFull(Room room) throws Exception {
    int looks = 0;
    for (int i = 0; i < 2000 && looks < 20; i++) {
      Thread.sleep(25);
      looks = room.isFull() ? looks + 1 : 0;
    }
    assertEquals(20, looks, "it is full, and stays so");
  }

  @Test
  void aClientsWindowsAreKeptTo() throws Exception {
    try (var client = new SpdyClient(exec(OUTPUT, "head -c 5000 /dev/zero"), V4)) {
      client.manageWindows(1000);
      client.open("streamtype", "error");
      client.open("streamtype", "stderr");
      var stdout = client.open("streamtype", "stdout");
      client.await(() -> stdout.received.size() == 1000);
      process.exitStatus().get();
      // What the server answers after this it would have sent before.
      assertTrue(client.open("streamtype", "nonsense").reset);
      assertEquals(1000, stdout.bytes().length);
      stdout.openWindow(1500);
      client.await(() -> stdout.received.size() == 2500);
      stdout.openWindow(100_000);
      stdout.textToEnd();
      assertEquals(5000, stdout.bytes().length);
    }
  }

  @Test
  void aStreamThatNobodyAskedForIsRefused() throws Exception {
    try (var client = new SpdyClient(exec(OUTPUT, "true"), V4)) {
      assertTrue(client.open("streamtype", "stdin").reset);
      assertTrue(client.open("streamtype", "nonsense").reset);
      assertTrue(client.open("streamtype", "stdout").replied);
      assertTrue(client.open("streamtype", "stdout").reset);
    }
  }

  @Test
  void aTokenIsGoodForOneConnectionOnly() throws Exception {
    var url = exec(OUTPUT, "true");
    try (var first = new SpdyClient(url, V4);
        var second = new SpdyClient(url, V4)) {
      assertTrue(first.isUpgraded());
      assertEquals("HTTP/1.1 404 Not Found", second.answer.get(0));
    }
  }

  @Test
  void aTokenIsGoodOnItsOwnPathOnly() throws Exception {
    try (var client = new SpdyClient(exec(OUTPUT, "true").replace("/exec/", "/attach/"), V4)) {
      assertEquals("HTTP/1.1 404 Not Found", client.answer.get(0));
    }
  }

  @Test
  void aGuessedTokenOpensNothingAndCostsTheRightOneNothing() throws Exception {
    var url = URI.create(exec(OUTPUT, "true"));
    var token = url.getPath().substring("/exec/".length());
    assertTrue(token.length() >= 24, "as many guesses as a key of 144 bits needs");
    var http = PlainHttp.on(server.address());
    for (var guess :
        List.of(
            "",
            "/",
            "x",
            "%00",
            "../exec/",
            token.substring(1),
            token + "A",
            token + "/",
            token.toLowerCase(Locale.ROOT) + "-")) {
      var answer = http.get("/exec/" + guess, "Upgrade: SPDY/3.1", "Origin: http://evil.example");
      assertEquals(404, answer.status(), guess);
      assertFalse(answer.head().toLowerCase(Locale.ROOT).contains("access-control"), answer.head());
    }
    try (var client = new SpdyClient(url.toString(), V4)) {
      assertTrue(client.isUpgraded());
    }
  }

  @Test
  void unknownVersionsAreRefusedWithTheKnownOnes() throws Exception {
    try (var client = new SpdyClient(exec(OUTPUT, "true"), "v9.channel.k8s.io")) {
      assertEquals("HTTP/1.1 403 Forbidden", client.answer.get(0));
      assertEquals(V4, client.header("x-accepted-stream-protocol-versions"));
    }
  }

  @Test
  void aRequestWithoutAnUpgradeIsRefused() throws Exception {
    var request = HttpRequest.newBuilder(URI.create(exec(OUTPUT, "true"))).build();
    var answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    assertEquals(400, answer.statusCode());
    assertTrue(answer.body().contains("Upgrade"), answer.body());
  }

  @Test
  void otherMethodsAreRefused() throws Exception {
    var request =
        HttpRequest.newBuilder(URI.create(exec(OUTPUT, "true")))
            .PUT(HttpRequest.BodyPublishers.noBody())
            .build();
    var answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    assertEquals(405, answer.statusCode());
  }

  @Test
  void webSocketsCarryCommandsInEveryVersion() throws Exception {
    for (var version : RemoteCommandUpgrade.webSocketProtocols()) {
      var url = exec(ALL, "read x; echo got $x; echo err >&2; exit 5");
      try (var client = new WebSocketClient(url, version)) {
        assertEquals(version, client.subprotocol());
        client.send(0, "a line\n");
        assertEquals(1000, client.awaitClose(), version);
        assertEquals("got a line\n", client.received(1), version);
        assertEquals("err\n", client.received(2), version);
        assertTrue(client.received(3).contains("5"), version + ": " + client.received(3));
      }
    }
  }

  @Test
  void aWebSocketsCloseSignalEndsTheInput() throws Exception {
    try (var client = new WebSocketClient(exec(ALL, "cat; echo end"), V5)) {
      client.send(0, "hello ");
      client.end(0);
      assertEquals(1000, client.awaitClose());
      assertEquals("hello end\n", client.received(1));
      assertEquals("Success", JSON.std.mapFrom(client.received(3)).get("status"));
    }
  }

  @Test
  void aWebSocketResizesTheTerminal() throws Exception {
    try (var client = new WebSocketClient(exec(TERMINAL, "read x; stty size"), V5)) {
      client.send(4, "{\"Width\":90,\"Height\":30}");
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
      while ((process == null || process.sizes.isEmpty()) && System.nanoTime() < deadline) {
        Thread.sleep(5);
      }
      client.send(0, "\n");
      client.awaitText(1, "30 90");
    }
  }

  @Test
  void muchComesBackThroughAWebSocket() throws Exception {
    byte[] much = new byte[5_000_000];
    new Random(2).nextBytes(much);
    try (var client = new WebSocketClient(exec(ALL, "cat"), V5)) {
      for (int at = 0; at < much.length; at += 100_000) {
        client.send(0, Arrays.copyOfRange(much, at, at + 100_000));
      }
      client.end(0);
      assertEquals(1000, client.awaitClose());
      assertArrayEquals(much, client.bytes(1));
    }
  }

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

  @Test
  void connectionsAreLimited() throws Exception {
    try (var limited = StreamingServer.start(config(10, 1, StreamLimits.KUBERNETES))) {
      try (var only = new Socket(limited.address().getAddress(), limited.address().getPort())) {
        try (var second = new Socket(only.getInetAddress(), only.getPort())) {
          assertEnded(second);
        }
        only.getOutputStream()
            .write("GET /nothing HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        assertEquals('H', only.getInputStream().read());
      }
      // The next one finds room as soon as the server has seen the first one leave.
      assertTrue(
          IntStream.range(0, 10_000).anyMatch(attempt -> isServed(limited.address())),
          "a connection that has ended makes room for another");
    }
  }

  @Test
  void aClientThatAsksForNothingIsSentAway() throws Exception {
    var hasty = new StreamLimits(Duration.ofMillis(50), Duration.ofHours(4), 10);
    try (var limited = StreamingServer.start(config(10, 10, hasty))) {
      try (var silent = new Socket(limited.address().getAddress(), limited.address().getPort())) {
        assertEnded(silent);
      }
    }
  }

  private static boolean isServed(InetSocketAddress server) {
    try {
      return PlainHttp.on(server).get("/nothing").status() == 404;
    } catch (IOException refused) {
      return false;
    }
  }

  private static StreamingConfig config(int tokens, int connections, StreamLimits limits) {
    return new StreamingConfig(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
        Duration.ofMinutes(1),
        tokens,
        connections,
        1,
        limits);
  }

  private static void assertEnded(Socket socket) throws IOException {
    try {
      assertEquals(-1, socket.getInputStream().read());
    } catch (SocketException reset) {
      // As well.
    }
  }

  private String exec(StdioOptions options, String script) {
    return server.execUrl(options, () -> open(options, script));
  }

  private CompletableFuture<StdioSession> open(StdioOptions options, String script) {
    try {
      process = LocalProcess.shell(epoll, options, script);
      return CompletableFuture.completedFuture(process);
    } catch (IOException e) {
      return CompletableFuture.failedFuture(e);
    }
  }
}
