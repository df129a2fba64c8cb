package io.sandjar.runtime.container.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.netty.buffer.ByteBuf;
import io.sandjar.netbridge.sys.Fd;
import io.sandjar.runtime.linux.Pipe;
import io.sandjar.runtime.stream.ByteSource;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class LogPumpTest {
  @TempDir Path directory;

  private LogPump pump;

  @BeforeEach
  void startPump() throws IOException {
    pump = new LogPump(2);
  }

  @AfterEach
  void endPump() {
    pump.close();
  }

  @Test
  void bothStreamsComeIntoOneLog() throws Exception {
    var made = LogPipes.create();
    try (var log = pump.start(made.pipes(), path("c/0.log"))) {
      write(made.stdout(), "to out\n");
      write(made.stderr(), "to err\n");
      end(made);
      log.drained().get();
    }
    var lines = LogLines.of(directory.resolve("c/0.log"));
    assertEquals("to out\n", lines.text("stdout"));
    assertEquals("to err\n", lines.text("stderr"));
  }

  @Test
  void aLineThatNeverEndsIsAPartialRecord() throws Exception {
    var made = LogPipes.create();
    try (var log = pump.start(made.pipes(), path("0.log"))) {
      write(made.stdout(), "whole\nno end");
      end(made);
      log.drained().get();
    }
    assertEquals("whole\nno end", LogLines.of(directory.resolve("0.log")).text("stdout"));
    assertTrue(Files.readString(directory.resolve("0.log")).endsWith(" stdout P no end\n"));
  }

  @Test
  void aLineThatBeganInALogWhichCannotBeOpenedAgainKeepsNobodyWaiting() throws Exception {
    var made = LogPipes.create();
    // Closing a log closes the pipes, of which the monitor has its own descriptors.
    var monitors = duplicates(made);
    try (var log = pump.start(made.pipes(), path("0.log"));
        var attached = log.attach(StdStream.STDOUT)) {
      write(made.stdout(), "no end yet");
      // An attached reader is told of what is committed.
      assertEquals("no end yet", text(attached.read().get()));
    }
    try (var log = pump.start(LogPipes.of(monitors), Optional.empty())) {
      end(made);
      log.drained().get();
    }
  }

  private static List<Fd> duplicates(LogPipes.Made made) throws IOException {
    var held = new ArrayList<Fd>();
    for (var fd : made.pipes().held()) {
      held.add(Pipe.duplicate(fd));
    }
    return held;
  }

  @Test
  void chunksOfEverySizeArriveWholeAndInOrder() throws Exception {
    var text = numberedLines(40_000, new Random(1));
    var made = LogPipes.create();
    try (var log = pump.start(made.pipes(), path("0.log"))) {
      writeInRandomChunks(made.stdout(), text, new Random(2));
      end(made);
      log.drained().get();
    }
    assertSame(text, LogLines.of(directory.resolve("0.log")).text("stdout"));
  }

  @Test
  void rotationUnderLoadLosesAndSplitsNothing() throws Exception {
    var text = numberedLines(60_000, new Random(3));
    var made = LogPipes.create();
    var rotated = new ArrayList<Path>();
    int half = text.length() / 2;
    var enough = new CompletableFuture<Void>();
    try (var log = pump.start(made.pipes(), path("0.log"))) {
      var writer =
          new Thread(
              () -> {
                writeInRandomChunks(made.stdout(), text.substring(0, half), new Random(4));
                enough.join();
                writeInRandomChunks(made.stdout(), text.substring(half), new Random(5));
                end(made);
              });
      writer.start();
      for (int i = 0; !log.drained().isDone(); i++) {
        var old = directory.resolve("0.log." + i);
        Files.move(directory.resolve("0.log"), old);
        log.reopen();
        rotated.add(old);
        if (i == 3) {
          enough.complete(null);
        }
        Thread.sleep(2);
      }
      writer.join();
    }
    rotated.add(directory.resolve("0.log"));
    assertTrue(rotated.size() > 3, "rotated " + rotated.size() + " times");
    var all = new StringBuilder();
    for (var file : rotated) {
      all.append(LogLines.of(file).text("stdout"));
    }
    assertSame(text, all.toString());
  }

  @Test
  void anAttachedReaderSeesWhatIsWrittenWithoutALineEnd() throws Exception {
    var made = LogPipes.create();
    try (var log = pump.start(made.pipes(), path("0.log"));
        var attached = log.attach(StdStream.STDOUT)) {
      var first = attached.read();
      write(made.stdout(), "login: ");
      assertEquals("login: ", text(first.get()));
      var end = attached.read();
      assertFalse(log.drained().isDone());
      end(made);
      assertEquals(ByteSource.END, end.get());
    }
  }

  @Test
  void aSlowReaderSlowsTheContainerAndLosesNothing() throws Exception {
    var text = numberedLines(100_000, new Random(5));
    var made = LogPipes.create();
    try (var log = pump.start(made.pipes(), path("0.log"));
        var attached = log.attach(StdStream.STDOUT)) {
      var writer =
          new Thread(
              () -> {
                writeInRandomChunks(made.stdout(), text, new Random(6));
                end(made);
              });
      writer.start();
      Thread.sleep(300);
      assertTrue(writer.isAlive(), "the container waits for the reader");
      var seen = new StringBuilder();
      for (var chunk = attached.read().get(); chunk != null; chunk = attached.read().get()) {
        seen.append(text(chunk));
      }
      assertSame(text, seen.toString());
      log.drained().get();
    }
    assertSame(text, LogLines.of(directory.resolve("0.log")).text("stdout"));
  }

  @Test
  void aReaderThatReadsNothingIsCutOff() throws Exception {
    var made = LogPipes.create();
    var text = numberedLines(100_000, new Random(7));
    try (var impatient = new LogPump(1, Duration.ofMillis(500));
        var log = impatient.start(made.pipes(), path("0.log"));
        var attached = log.attach(StdStream.STDOUT)) {
      writeInRandomChunks(made.stdout(), text, new Random(8));
      end(made);
      log.drained().get(60, TimeUnit.SECONDS);
      var cut = assertThrows(ExecutionException.class, () -> attached.read().get());
      assertTrue(cut.getMessage().contains("cut off"), cut.getMessage());
    }
  }

  @Test
  void anOrphanThatHoldsThePipeDelaysTheEndByNoMoreThanTheBound() throws Exception {
    var made = LogPipes.create();
    try (var log = pump.start(made.pipes(), path("0.log"))) {
      write(made.stdout(), "last words");
      assertThrows(TimeoutException.class, () -> log.drained().get(100, TimeUnit.MILLISECONDS));
      log.initEnded(Duration.ofMillis(50));
      log.drained().get(60, TimeUnit.SECONDS);
      end(made);
    }
    assertEquals("last words", LogLines.of(directory.resolve("0.log")).text("stdout"));
  }

  @Test
  void aRotationThatFailsLeavesTheOldLogInUse() throws Exception {
    var made = LogPipes.create();
    try (var log = pump.start(made.pipes(), path("0.log"))) {
      write(made.stdout(), "before\n");
      Files.move(directory.resolve("0.log"), directory.resolve("0.log.1"));
      Files.createDirectory(directory.resolve("0.log"));
      assertThrows(IOException.class, log::reopen);
      write(made.stdout(), "after\n");
      end(made);
      log.drained().get();
    }
    assertEquals("before\nafter\n", LogLines.of(directory.resolve("0.log.1")).text("stdout"));
  }

  @Test
  void aLinkInPlaceOfTheLogIsNotFollowed() throws Exception {
    var victim = Files.writeString(directory.resolve("victim"), "untouched");
    Files.createDirectory(directory.resolve("c"));
    Files.createSymbolicLink(directory.resolve("c/0.log"), victim);
    Files.createSymbolicLink(directory.resolve("linked"), directory.resolve("c"));
    var made = LogPipes.create();
    assertThrows(IOException.class, () -> pump.start(made.pipes(), path("c/0.log")));
    assertThrows(
        IOException.class, () -> pump.start(LogPipes.create().pipes(), path("linked/1.log")));
    assertFalse(Files.exists(directory.resolve("c/1.log")));
    assertEquals("untouched", Files.readString(victim));
  }

  @Test
  void withoutALogPathTheOutputIsReadAllTheSame() throws Exception {
    var made = LogPipes.create();
    try (var log = pump.start(made.pipes(), Optional.empty())) {
      writeInRandomChunks(made.stdout(), "x".repeat(1_000_000), new Random(9));
      end(made);
      log.drained().get();
    }
  }

  @Test
  void aDaemonThatStopsLeavesTheRestToTheNext() throws Exception {
    var made = LogPipes.create();
    var held = duplicates(made);
    try (var log = pump.start(made.pipes(), path("0.log"));
        var attached = log.attach(StdStream.STDOUT)) {
      write(made.stdout(), "one\ntwo is cut");
      assertEquals("one\ntwo is cut", text(attached.read().get()));
      assertFalse(log.drained().isDone());
    }
    write(made.stdout(), " in two\nthree\n");
    try (var log = pump.start(LogPipes.of(held), path("0.log"))) {
      end(made);
      log.drained().get();
    }
    assertEquals(
        "one\ntwo is cut in two\nthree\n", LogLines.of(directory.resolve("0.log")).text("stdout"));
  }

  /** Says where two long texts differ, not all that is in them. */
  static void assertSame(String expected, String actual) {
    if (!expected.equals(actual)) {
      int at = 0;
      while (at < Math.min(expected.length(), actual.length())
          && expected.charAt(at) == actual.charAt(at)) {
        at++;
      }
      fail(
          "of %d characters came %d, and they differ from %d on: expected %s but got %s"
              .formatted(
                  expected.length(),
                  actual.length(),
                  at,
                  around(expected, at),
                  around(actual, at)));
    }
  }

  private static String around(String text, int at) {
    return text.substring(Math.max(0, at - 40), Math.min(text.length(), at + 40));
  }

  private Optional<LogPath> path(String relative) {
    return Optional.of(new LogPath(directory, relative));
  }

  static String text(ByteBuf chunk) {
    try {
      return chunk.toString(StandardCharsets.UTF_8);
    } finally {
      chunk.release();
    }
  }

  static void end(LogPipes.Made made) {
    made.stdout().close();
    made.stderr().close();
  }

  static String numberedLines(int count, Random random) {
    var text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      int length = random.nextInt(1000) == 0 ? 40_000 : random.nextInt(120);
      text.append(i).append(' ').append("x".repeat(length)).append('\n');
    }
    return text.toString();
  }

  static void write(Fd fd, String text) {
    try (var out = writer(fd)) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  static void writeInRandomChunks(Fd fd, String text, Random random) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    try (var out = writer(fd)) {
      for (int at = 0; at < bytes.length; ) {
        int most = List.of(1, 10, 4096, 100_000).get(random.nextInt(4));
        int length = Math.min(1 + random.nextInt(most), bytes.length - at);
        out.write(bytes, at, length);
        at += length;
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static OutputStream writer(Fd fd) throws IOException {
    return new FileOutputStream("/proc/self/fd/" + fd.number());
  }
}
