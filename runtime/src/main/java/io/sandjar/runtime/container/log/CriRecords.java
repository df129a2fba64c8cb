package io.sandjar.runtime.container.log;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;

/**
 * Cuts output into records of the CRI log format: {@code <time> <stream> <F or P> <text>}. A line
 * longer than a record is written in parts, all but the last tagged P.
 */
final class CriRecords {

  /** How much of a line fits into one record. */
  static final int MAX_TEXT = 16 * 1024;

  private static final byte NEWLINE = '\n';
  private static final int TIME_LENGTH = "2006-01-02T15:04:05.000000000Z".length();

  /** The longest of "TIME stdout F ". */
  private static final int MAX_PREFIX = TIME_LENGTH + " stdout F ".length();

  static final int MAX_RECORD = MAX_PREFIX + MAX_TEXT + 1;

  /** Takes full pieces of the log. */
  @FunctionalInterface
  interface Log {
    /** Appends what lies in the buffer before its position, and empties it. */
    void append(ByteBuffer records) throws java.io.IOException;
  }

  private final byte[] time = new byte[TIME_LENGTH];
  private final byte[][] full = {prefix(StdStream.STDOUT, 'F'), prefix(StdStream.STDERR, 'F')};
  private final byte[][] part = {prefix(StdStream.STDOUT, 'P'), prefix(StdStream.STDERR, 'P')};
  private long second = Long.MIN_VALUE;

  private static byte[] prefix(StdStream stream, char tag) {
    return (" ".repeat(TIME_LENGTH) + " " + stream.label() + " " + tag + " ")
        .getBytes(StandardCharsets.US_ASCII);
  }

  /**
   * Writes what is complete of the bytes [0, limit) of {@code in}.
   *
   * @param in little-endian
   * @param searched so many bytes at the start are known to hold no newline
   * @return where the line that has no end yet begins; it is at most {@link #MAX_TEXT} long
   */
  int write(
      StdStream stream,
      Instant now,
      ByteBuffer in,
      int searched,
      int limit,
      ByteBuffer out,
      Log log)
      throws java.io.IOException {
    byte[] fullPrefix = full[stream.ordinal()];
    byte[] partPrefix = part[stream.ordinal()];
    stamp(now, fullPrefix, partPrefix);
    int start = 0;
    int from = searched;
    while (true) {
      int newline = indexOfNewline(in, from, limit);
      int end = newline < 0 ? limit : newline;
      while (end - start > MAX_TEXT) {
        record(partPrefix, in, start, MAX_TEXT, out, log);
        start += MAX_TEXT;
      }
      if (newline < 0) {
        return start;
      }
      record(fullPrefix, in, start, end - start, out, log);
      start = newline + 1;
      from = start;
    }
  }

  /** Writes a line that stays without an end, because its stream has ended. */
  void writeLast(StdStream stream, Instant now, ByteBuffer in, int length, ByteBuffer out, Log log)
      throws java.io.IOException {
    byte[] partPrefix = part[stream.ordinal()];
    stamp(now, full[stream.ordinal()], partPrefix);
    record(partPrefix, in, 0, length, out, log);
  }

  private static void record(
      byte[] prefix, ByteBuffer in, int start, int length, ByteBuffer out, Log log)
      throws java.io.IOException {
    if (out.remaining() < MAX_RECORD) {
      log.append(out);
    }
    out.put(prefix);
    int at = out.position();
    out.put(at, in, start, length);
    out.put(at + length, NEWLINE);
    out.position(at + length + 1);
  }

  /** Eight bytes at a time: the highest bit of each byte that equals a newline. */
  private static int indexOfNewline(ByteBuffer in, int from, int limit) {
    final long ones = 0x0101010101010101L;
    final long highs = 0x8080808080808080L;
    final long newlines = ones * NEWLINE;
    int at = from;
    for (; at <= limit - Long.BYTES; at += Long.BYTES) {
      long differs = in.getLong(at) ^ newlines;
      long found = (differs - ones) & ~differs & highs;
      if (found != 0) {
        return at + (Long.numberOfTrailingZeros(found) >>> 3);
      }
    }
    for (; at < limit; at++) {
      if (in.get(at) == NEWLINE) {
        return at;
      }
    }
    return -1;
  }

  /**
   * RFC 3339 with nine digits always, where Go leaves zeros at the end out: so a record that is
   * written again after a crash is as long as it was before, and a reader's place in the log stays
   * good.
   */
  private void stamp(Instant now, byte[] fullPrefix, byte[] partPrefix) {
    if (now.getEpochSecond() != second) {
      second = now.getEpochSecond();
      ZonedDateTime utc = now.atZone(ZoneOffset.UTC);
      digits(utc.getYear(), 0, 4);
      time[4] = '-';
      digits(utc.getMonthValue(), 5, 2);
      time[7] = '-';
      digits(utc.getDayOfMonth(), 8, 2);
      time[10] = 'T';
      digits(utc.getHour(), 11, 2);
      time[13] = ':';
      digits(utc.getMinute(), 14, 2);
      time[16] = ':';
      digits(utc.getSecond(), 17, 2);
      time[19] = '.';
      time[29] = 'Z';
    }
    digits(now.getNano(), 20, 9);
    System.arraycopy(time, 0, fullPrefix, 0, TIME_LENGTH);
    System.arraycopy(time, 0, partPrefix, 0, TIME_LENGTH);
  }

  private void digits(int value, int at, int count) {
    int rest = value;
    for (int i = at + count - 1; i >= at; i--) {
      time[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
  }
}
