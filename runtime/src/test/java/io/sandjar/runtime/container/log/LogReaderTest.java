package io.sandjar.runtime.container.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class LogReaderTest {
  private static final String LOG =
      """
      2026-01-01T00:00:01.000000000Z stdout F one
      2026-01-01T00:00:02.500000000Z stderr F two
      2026-01-01T00:00:03.000000000Z stdout P thr
      2026-01-01T00:00:03.000000001Z stdout F ee
      2026-01-01T00:00:04.000000000Z stdout F\s
      """;

  @TempDir Path directory;
  private Path log;

  @BeforeEach
  void writeLog() throws IOException {
    log = Files.writeString(directory.resolve("0.log"), LOG);
  }

  @Test
  void theWholeLogIsWhatTheContainerWrote() throws Exception {
    assertEquals("one\ntwo\nthree\n\n", read(LogOptions.WHOLE));
  }

  @Test
  void timestampsStandBeforeLinesAndNotInsideThem() throws Exception {
    assertEquals(
        """
        2026-01-01T00:00:01.000000000Z one
        2026-01-01T00:00:02.500000000Z two
        2026-01-01T00:00:03.000000000Z three
        2026-01-01T00:00:04.000000000Z\s
        """,
        read(options(true, null, null, null, null)));
  }

  @Test
  void theTailCountsRecords() throws Exception {
    assertEquals("ee\n\n", read(options(false, 2L, null, null, null)));
    assertEquals("", read(options(false, 0L, null, null, null)));
    assertEquals("one\ntwo\nthree\n\n", read(options(false, 99L, null, null, null)));
  }

  @Test
  void sinceLeavesOutWhatIsOlder() throws Exception {
    var since = Instant.parse("2026-01-01T00:00:02.5Z");
    assertEquals("two\nthree\n\n", read(options(false, null, since, null, null)));
  }

  @Test
  void theLimitCutsInTheMiddleOfALine() throws Exception {
    assertEquals("one\ntw", read(options(false, null, null, 6L, null)));
  }

  @Test
  void oneStreamCanBeAskedFor() throws Exception {
    assertEquals("two\n", read(options(false, null, null, null, StdStream.STDERR)));
  }

  @Test
  void whatIsNoRecordIsLeftOut() throws Exception {
    Files.writeString(log, "garbage\n" + LOG + "2026-01-01T00:00:05Z stdout F cut off here");
    assertEquals("one\ntwo\nthree\n\n", read(LogOptions.WHOLE));
  }

  @Test
  void rotatedLogsAreReadToo() throws Exception {
    var clock = Clock.fixed(Instant.parse("2026-01-01T01:00:00Z"), ZoneOffset.UTC);
    for (int i = 0; i < 4; i++) {
      new LogRotation(1, 4, Clock.offset(clock, Duration.ofSeconds(i))).rotate(log, () -> {});
      Files.writeString(log, "2026-01-01T01:00:0%dZ stdout F more %d\n".formatted(i, i));
    }
    try (var files = Files.list(directory)) {
      assertEquals(4, files.count());
    }
    assertEquals("more 0\nmore 1\nmore 2\nmore 3\n", read(LogOptions.WHOLE));
    assertEquals("more 1\nmore 2\nmore 3\n", read(options(false, 3L, null, null, null)));
  }

  @Test
  void aSmallLogIsNotRotated() throws Exception {
    assertEquals(
        false,
        new LogRotation(1_000_000, 2, Clock.systemUTC())
            .rotate(
                log,
                () -> {
                  throw new AssertionError("nothing to reopen");
                }));
  }

  @Test
  void aRotationThatCannotReopenTakesTheRenamingBack() throws Exception {
    assertThrows(
        IOException.class,
        () ->
            new LogRotation(1, 2, Clock.systemUTC())
                .rotate(
                    log,
                    () -> {
                      throw new IOException("no");
                    }));
    assertEquals(LOG, Files.readString(log));
  }

  @Test
  void aFollowerGoesAcrossRotationsUntilTheContainerEnds() throws Exception {
    var ended = new AtomicBoolean();
    var out = new ByteArrayOutputStream();
    var options =
        new LogOptions(
            true,
            OptionalLong.empty(),
            Optional.empty(),
            false,
            OptionalLong.empty(),
            Optional.empty());
    var reading =
        CompletableFuture.runAsync(
            () -> {
              try {
                new LogReader(log, options).read(out, ended::get);
              } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
              }
            });
    var expected = new StringBuilder("one\ntwo\nthree\n\n");
    while (!out.toString(StandardCharsets.UTF_8).contains("three")) {
      Thread.sleep(1);
    }
    // As fast as it goes: the follower may find several that it has not read.
    for (int i = 0; i < 200; i++) {
      append("2026-01-01T02:00:00Z stdout F before %d\n".formatted(i));
      Files.move(log, directory.resolve("0.log.20260101-000%03d".formatted(i)));
      Files.writeString(log, "2026-01-01T02:00:00Z stdout F after %d\n".formatted(i));
      expected.append("before %d\nafter %d\n".formatted(i, i));
    }
    append("2026-01-01T03:00:00Z stdout F last\n");
    ended.set(true);
    reading.join();
    assertEquals(expected + "last\n", out.toString(StandardCharsets.UTF_8));
  }

  @Test
  void aFileThatIsRenamedBeforeItIsOpenedIsOpenedAllTheSame() throws Exception {
    var files = new LogFiles(log);
    var known = files.snapshot().get(0);
    Files.move(log, directory.resolve("0.log.20260101-000000"));
    try (var bytes = files.open(known)) {
      assertEquals(LOG, new String(bytes.readAllBytes(), StandardCharsets.UTF_8));
    }
    Files.writeString(log, "another\n");
    try (var bytes = files.open(known)) {
      assertEquals(LOG, new String(bytes.readAllBytes(), StandardCharsets.UTF_8));
    }
  }

  @Test
  void aMissingLogIsSaidToBeMissing() {
    assertThrows(
        NoSuchFileException.class,
        () ->
            new LogReader(directory.resolve("1.log"), LogOptions.WHOLE)
                .read(new ByteArrayOutputStream(), () -> true));
  }

  private void append(String text) throws IOException {
    Files.writeString(log, text, StandardOpenOption.APPEND);
  }

  private String read(LogOptions options) throws Exception {
    var out = new ByteArrayOutputStream();
    new LogReader(log, options).read(out, () -> true);
    return out.toString(StandardCharsets.UTF_8);
  }

  private static LogOptions options(
      boolean timestamps, Long tail, Instant since, Long limit, StdStream stream) {
    return new LogOptions(
        false,
        tail == null ? OptionalLong.empty() : OptionalLong.of(tail),
        Optional.ofNullable(since),
        timestamps,
        limit == null ? OptionalLong.empty() : OptionalLong.of(limit),
        Optional.ofNullable(stream));
  }
}
