package io.sandjar.runtime.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.runtime.api.PlainHttp;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who is served by the streaming server, and who is not. */
@Timeout(300)
class StreamingServerTest extends LocalStreams {
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
  void moreForwardsThanThereAreChannelsAreRefused() throws Exception {
    var ports = IntStream.rangeClosed(1, 128).boxed().toList();
    var url = URI.create(server.portForwardUrl(ports, PodSockets.onHost()));
    var answer =
        PlainHttp.on(server.address())
            .send(
                "GET",
                url.getPath(),
                "",
                "Connection: Upgrade",
                "Upgrade: websocket",
                "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                "Sec-WebSocket-Protocol: " + V4);
    assertEquals(400, answer.status(), answer.body());
    assertTrue(answer.body().contains("127 ports, not for 128"), answer.body());
  }

  @Test
  void connectionsAreLimited() throws Exception {
    try (var limited = serverFor(1)) {
      try (var only = new Socket(limited.address().getAddress(), limited.address().getPort())) {
        try (var second = new Socket(only.getInetAddress(), only.getPort())) {
          assertEnded(second);
        }
        only.getOutputStream()
            .write("GET /nothing HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        assertEquals('H', only.getInputStream().read());
      }
      // The next one finds room as soon as the server has seen the first one leave.
      awaitRoom(limited);
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

  private static void assertEnded(Socket socket) throws IOException {
    try {
      assertEquals(-1, socket.getInputStream().read());
    } catch (SocketException reset) {
      // As well.
    }
  }
}
