package io.sandjar.runtime.stream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.jr.ob.JSON;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Exec over WebSockets, by a real client. */
@Timeout(300)
class WebSocketCommandTest extends LocalStreams {
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
  void whatAClientSendsBeforeItHangsUpReachesTheCommand(@TempDir Path folder) throws Exception {
    expectAllToArrive(
        (url, sent) -> {
          try (var client = new WebSocketClient(url, V4)) {
            client.send(0, sent);
          }
        },
        folder);
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
}
