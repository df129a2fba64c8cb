package io.sandjar.cli.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.cli.FakeDaemon;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnixHttpClientTest {
  @TempDir private Path folder;

  @Test
  void readsABodyOfKnownLength() throws IOException {
    assertEquals("hello", bodyOf("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello and more"));
  }

  @Test
  void readsAChunkedBodyWithTrailers() throws IOException {
    assertEquals(
        "hello world",
        bodyOf(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "5;x=y\r\nhello\r\n6\r\n world\r\n0\r\nTrailer: t\r\n\r\n"));
  }

  @Test
  void readsABodyThatEndsWithTheConnection() throws IOException {
    assertEquals("hello", bodyOf("HTTP/1.1 200 OK\r\n\r\nhello"));
  }

  @Test
  void anAnswerCutShortIsAnErrorAndNotAShortAnswer() {
    assertThrows(
        EOFException.class,
        () -> bodyOf("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel"));
    assertThrows(
        EOFException.class, () -> bodyOf("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel"));
    assertThrows(EOFException.class, () -> bodyOf("HTTP/1.1 200 OK\r\nContent-Le"));
  }

  @Test
  void sendsABodyInChunks() throws Exception {
    var received = new CompletableFuture<String>();
    try (var daemon =
        new FakeDaemon(
            folder.resolve("s"),
            client -> {
              received.complete(FakeDaemon.receiveUntil(client, "0\r\n\r\n"));
              FakeDaemon.send(client, "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n");
            })) {
      var body = new ByteArrayInputStream("data".getBytes(StandardCharsets.US_ASCII));
      var request = HttpRequest.of("POST", "/x?a=" + HttpRequest.encode("b c/d")).body("t/p", body);
      try (var response = new UnixHttpClient(folder.resolve("s")).send(request)) {
        assertEquals(201, response.status());
        assertTrue(response.isSuccess());
      }
      assertEquals(
          "POST /x?a=b%20c%2Fd HTTP/1.1\r\nHost: sandjar\r\nContent-Type: t/p\r\n"
              + "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n4\r\ndata\r\n0\r\n\r\n",
          received.get(60, TimeUnit.SECONDS));
      assertTrue(Files.exists(folder.resolve("s")), daemon::toString);
    }
  }

  @Test
  void anUpgradedConnectionIsWrittenWhileItIsRead() throws Exception {
    try (var daemon =
        new FakeDaemon(
            folder.resolve("s"),
            client -> {
              FakeDaemon.receiveUntil(client, "\r\n\r\n");
              FakeDaemon.send(client, "HTTP/1.1 101 Switching Protocols\r\n\r\nhi");
              FakeDaemon.send(client, FakeDaemon.receiveUntil(client, "!"));
            })) {
      var request = HttpRequest.of("POST", "/exec").header("Connection", "Upgrade");
      try (var response = new UnixHttpClient(folder.resolve("s")).send(request)) {
        assertTrue(response.isUpgraded(), daemon::toString);
        assertEquals("hi", new String(response.upgradedInput().readNBytes(2)));
        var answer =
            CompletableFuture.supplyAsync(
                () -> {
                  try {
                    return new String(response.upgradedInput().readNBytes(5));
                  } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                  }
                });
        Thread.sleep(100); // the reader is blocked by now
        assertFalse(answer.isDone());
        response.upgradedOutput().write("echo!".getBytes(StandardCharsets.US_ASCII));
        assertEquals("echo!", answer.get(60, TimeUnit.SECONDS));
      }
    }
  }

  @Test
  void aMissingDaemonIsSaidWithTheWayOut() {
    var error =
        assertThrows(
            DaemonUnreachableException.class,
            () -> new UnixHttpClient(folder.resolve("none")).send(HttpRequest.get("/")));
    assertTrue(
        error
            .getMessage()
            .startsWith(
                "cannot reach the daemon at %s: no such socket; is it running?"
                    .formatted(folder.resolve("none"))),
        error.getMessage());
  }

  private String bodyOf(String answer) throws IOException {
    var socket = Files.createTempDirectory(folder, "s").resolve("s");
    try (var daemon = FakeDaemon.answering(socket, answer);
        var response = new UnixHttpClient(socket).send(HttpRequest.get("/"))) {
      assertEquals(200, response.status(), daemon::toString);
      return response.text();
    }
  }
}
