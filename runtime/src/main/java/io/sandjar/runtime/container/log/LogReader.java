package io.sandjar.runtime.container.log;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchService;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Reads a container's log for a person, across the files that it was rotated to. A reader that
 * follows is told of new records by inotify.
 */
public final class LogReader {
  private static final int BUFFER = 64 * 1024;

  /** How long a follower takes at most to see that the container has ended. */
  private static final long LOOK_UP_MILLIS = 500;

  private final LogFiles files;
  private final Path current;
  private final LogOptions options;

  /** The record that is being read. */
  private byte[] record = new byte[CriRecords.MAX_RECORD];

  private int recordLength;
  private long skip;

  /**
   * @param log the file that the container's output is, or was, written to
   */
  public LogReader(Path log, LogOptions options) {
    this.files = new LogFiles(log);
    this.current = log;
    this.options = options;
  }

  /**
   * Writes what the options ask for. Blocks while it follows.
   *
   * @param ended true once the container writes no more and all it wrote is in the log
   * @throws IOException if the log cannot be read, or the reader has gone
   */
  public void read(OutputStream to, BooleanSupplier ended)
      throws IOException, InterruptedException {
    var out = new BufferedOutputStream(to, BUFFER);
    var printer = new RecordPrinter(options, out);
    if (options.follow()) {
      // Watched before the first read, so that no record comes unseen between the two.
      try (var watch = current.getFileSystem().newWatchService()) {
        current
            .getParent()
            .register(
                watch, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_MODIFY);
        follow(printer, out, watch, ended);
      }
    } else {
      print(present(), printer);
    }
    out.flush();
  }

  private List<LogFiles.Known> present() throws IOException {
    var present = files.snapshot();
    if (present.isEmpty()) {
      throw new NoSuchFileException(current.toString(), null, "the container has no log");
    }
    return startAtTail(present);
  }

  /** Leaves out the files before the tail, and counts what must be skipped in the first. */
  private List<LogFiles.Known> startAtTail(List<LogFiles.Known> present) throws IOException {
    skip = 0;
    if (options.tail().isEmpty()) {
      return present;
    }
    long missing = options.tail().getAsLong();
    for (int i = present.size() - 1; i >= 0; i--) {
      long records = countRecords(present.get(i));
      if (records >= missing) {
        skip = records - missing;
        return present.subList(i, present.size());
      }
      missing -= records;
    }
    return present;
  }

  private long countRecords(LogFiles.Known file) throws IOException {
    long count = 0;
    byte[] buffer = new byte[BUFFER];
    try (var in = files.open(file)) {
      for (int length = in.read(buffer); length > 0; length = in.read(buffer)) {
        for (int i = 0; i < length; i++) {
          if (buffer[i] == '\n') {
            count++;
          }
        }
      }
    }
    return count;
  }

  private void print(List<LogFiles.Known> present, RecordPrinter printer) throws IOException {
    for (var file : present) {
      if (printer.isFull()) {
        return;
      }
      if (isBeforeSince(file.path())) {
        skip = 0;
        continue;
      }
      recordLength = 0;
      try (var in = files.open(file)) {
        drain(in, printer);
      }
    }
  }

  private boolean isBeforeSince(Path file) throws IOException {
    if (options.since().isEmpty()) {
      return false;
    }
    try {
      return Files.getLastModifiedTime(file).toInstant().isBefore(options.since().get());
    } catch (NoSuchFileException renamed) {
      // Its records tell.
      return false;
    }
  }

  private void follow(
      RecordPrinter printer, OutputStream out, WatchService watch, BooleanSupplier ended)
      throws IOException, InterruptedException {
    var present = present();
    print(present.subList(0, present.size() - 1), printer);
    LogFiles.Known file = present.get(present.size() - 1);
    while (file != null && !printer.isFull()) {
      recordLength = 0;
      try (var in = files.open(file)) {
        file = followOne(in, file, printer, out, watch, ended);
      }
    }
  }

  /** Reads one file until another takes its place: that one, or null at the end. */
  private LogFiles.Known followOne(
      InputStream in,
      LogFiles.Known file,
      RecordPrinter printer,
      OutputStream out,
      WatchService watch,
      BooleanSupplier ended)
      throws IOException, InterruptedException {
    while (true) {
      // Both are looked at before the read that finds the end, or the last records would be missed.
      boolean over = ended.getAsBoolean();
      LogFiles.Known next = files.after(file);
      drain(in, printer);
      if (printer.isFull()) {
        return null;
      }
      if (next != null) {
        return next;
      }
      if (over) {
        return null;
      }
      out.flush();
      var woken = watch.poll(LOOK_UP_MILLIS, TimeUnit.MILLISECONDS);
      if (woken != null) {
        woken.pollEvents();
        woken.reset();
      }
    }
  }

  /** Prints every whole record up to the present end. */
  private void drain(InputStream in, RecordPrinter printer) throws IOException {
    byte[] buffer = new byte[BUFFER];
    for (int length = in.read(buffer); length > 0; length = in.read(buffer)) {
      int start = 0;
      for (int i = 0; i < length; i++) {
        if (buffer[i] == '\n') {
          keep(buffer, start, i - start);
          start = i + 1;
          printRecord(printer);
          if (printer.isFull()) {
            return;
          }
        }
      }
      keep(buffer, start, length - start);
    }
  }

  private void keep(byte[] bytes, int start, int length) {
    if (recordLength + length > record.length) {
      record = Arrays.copyOf(record, Math.max(2 * record.length, recordLength + length));
    }
    System.arraycopy(bytes, start, record, recordLength, length);
    recordLength += length;
  }

  private void printRecord(RecordPrinter printer) throws IOException {
    if (skip > 0) {
      skip--;
    } else {
      printer.print(record, 0, recordLength);
    }
    recordLength = 0;
  }
}
