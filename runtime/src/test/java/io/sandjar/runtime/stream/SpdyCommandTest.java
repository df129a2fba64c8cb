package io.sandjar.runtime.stream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Exec and attach over SPDY, by a real client. */
@Timeout(300)
class SpdyCommandTest extends LocalStreams {
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
  void whatAClientSendsBeforeItHangsUpReachesTheCommand(@TempDir Path folder) throws Exception {
    expectAllToArrive(
        (url, sent) -> {
          try (var client = new SpdyClient(url, V4)) {
            var stdin = client.open("streamtype", "stdin");
            stdin.send(sent);
            client.open("streamtype", "error");
            client.open("streamtype", "stdout");
            client.open("streamtype", "stderr");
          }
        },
        folder);
  }

  @Test
  void aClientThatLeavesATerminalHangsItUp() throws Exception {
    try (var client = new SpdyClient(exec(TERMINAL, "sleep 1000"), V4)) {
      client.open("streamtype", "error");
      client.open("streamtype", "stdin").send("typed");
      client.open("streamtype", "stdout");
      client.open("streamtype", "resize");
      client.await(() -> process != null);
    }
    assertTrue(process.closed.await(120, TimeUnit.SECONDS));
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
}
