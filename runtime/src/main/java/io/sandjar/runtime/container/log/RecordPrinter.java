package io.sandjar.runtime.container.log;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeParseException;

/** Turns log records back into what the container wrote, less what the reader does not want. */
final class RecordPrinter {
  private final LogOptions options;
  private final OutputStream out;
  private long remaining;
  private boolean lineStarts = true;

  RecordPrinter(LogOptions options, OutputStream out) {
    this.options = options;
    this.out = out;
    this.remaining = options.limitBytes().orElse(Long.MAX_VALUE);
  }

  /** True when the reader has as many bytes as it wanted. */
  boolean isFull() {
    return remaining == 0;
  }

  /**
   * Prints one record; one that is none, from whatever else wrote to the file, is left out.
   *
   * @param end where its newline is
   */
  void print(byte[] bytes, int start, int end) throws IOException {
    int stream = after(bytes, start, end);
    int tag = after(bytes, stream, end);
    int text = after(bytes, tag, end);
    if (text < 0 || !wanted(bytes, start, stream, tag)) {
      return;
    }
    if (options.timestamps() && lineStarts) {
      put(bytes, start, stream - start);
    }
    put(bytes, text, end - text);
    boolean partial = bytes[tag] == 'P';
    if (!partial) {
      put(NEWLINE, 0, 1);
    }
    lineStarts = !partial;
  }

  private static final byte[] NEWLINE = {'\n'};

  /** Behind the next space, or -1. */
  private static int after(byte[] bytes, int start, int end) {
    if (start < 0) {
      return -1;
    }
    for (int i = start; i < end; i++) {
      if (bytes[i] == ' ') {
        return i + 1;
      }
    }
    return -1;
  }

  private boolean wanted(byte[] bytes, int start, int stream, int tag) {
    if (options.stream().isPresent()
        && !text(bytes, stream, tag - 1).equals(options.stream().get().label())) {
      return false;
    }
    if (options.since().isEmpty()) {
      return true;
    }
    try {
      return !Instant.parse(text(bytes, start, stream - 1)).isBefore(options.since().get());
    } catch (DateTimeParseException e) {
      return false;
    }
  }

  private static String text(byte[] bytes, int start, int end) {
    return new String(bytes, start, end - start, StandardCharsets.US_ASCII);
  }

  private void put(byte[] bytes, int start, int length) throws IOException {
    int part = (int) Math.min(length, remaining);
    out.write(bytes, start, part);
    remaining -= part;
  }
}
