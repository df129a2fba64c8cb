package io.sandjar.runtime.container.log;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class CriRecordsTest {
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05.000600700Z");
  private static final String TIME = "2026-01-02T03:04:05.000600700Z";

  private final StringBuilder log = new StringBuilder();
  private int rest;

  @Test
  void aLineIsOneRecord() throws IOException {
    write(StdStream.STDOUT, "hello\nworld\n");
    assertEquals(TIME + " stdout F hello\n" + TIME + " stdout F world\n", log.toString());
    assertEquals(12, rest);
  }

  @Test
  void anEmptyLineIsARecordToo() throws IOException {
    write(StdStream.STDERR, "\n\n");
    assertEquals(TIME + " stderr F \n" + TIME + " stderr F \n", log.toString());
  }

  @Test
  void aLineWithoutAnEndWaits() throws IOException {
    write(StdStream.STDOUT, "whole\nhalf of a li");
    assertEquals(TIME + " stdout F whole\n", log.toString());
    assertEquals(6, rest);
  }

  @Test
  void aLineThatJustFitsIsNotCut() throws IOException {
    var line = "x".repeat(CriRecords.MAX_TEXT);
    write(StdStream.STDOUT, line + "\n");
    assertEquals(TIME + " stdout F " + line + "\n", log.toString());
  }

  @Test
  void aLongerLineComesInParts() throws IOException {
    var part = "y".repeat(CriRecords.MAX_TEXT);
    write(StdStream.STDOUT, part + part + "z\n");
    var expected =
        TIME
            + " stdout P "
            + part
            + "\n"
            + TIME
            + " stdout P "
            + part
            + "\n"
            + TIME
            + " stdout F z\n";
    assertEquals(expected, log.toString());
  }

  @Test
  void everyPlaceOfANewlineInAWordIsFound() throws IOException {
    for (int length = 0; length < 40; length++) {
      log.setLength(0);
      var line = "\u0001\u000b\tab".repeat(10).substring(0, length);
      write(StdStream.STDOUT, line + "\nrest");
      assertEquals(TIME + " stdout F " + line + "\n", log.toString());
      assertEquals(length + 1, rest);
    }
  }

  private void write(StdStream stream, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    var in = ByteBuffer.allocateDirect(bytes.length).order(ByteOrder.LITTLE_ENDIAN).put(0, bytes);
    var out = ByteBuffer.allocateDirect(CriRecords.MAX_RECORD + 100);
    var records = new CriRecords();
    rest = records.write(stream, NOW, in, 0, bytes.length, out, this::flush);
    flush(out);
  }

  private void flush(ByteBuffer out) {
    byte[] bytes = new byte[out.position()];
    out.get(0, bytes);
    log.append(new String(bytes, StandardCharsets.UTF_8));
    out.clear();
  }
}
