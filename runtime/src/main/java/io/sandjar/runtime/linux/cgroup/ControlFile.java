package io.sandjar.runtime.linux.cgroup;

import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;

/** Reads and writes one value in one control file, with errors that name both. */
final class ControlFile {
  private static final String NO_LIMIT = "max";

  /** What ENOSPC is called; no file here takes any room. */
  private static final String NO_SPACE = "No space left on device";

  /** v1 writes its "no limit" as the largest page-aligned number. */
  private static final long V1_NO_LIMIT = Long.MAX_VALUE / 4096 * 4096;

  /** More than most files have; a memory.stat is a quarter to a half of it. */
  private static final int PAGE = 4096;

  /**
   * A read brings as many whole lines as fit into a page, and no line has a KiB: one that brings
   * less than this has come to the end, so that no further one needs to be told that.
   */
  private static final int SURELY_THE_LAST = PAGE - 1024;

  private ControlFile() {}

  /** One write(2), as control files need it; it neither creates nor truncates. */
  static void write(Path file, String value) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(StandardCharsets.UTF_8.encode(value));
    } catch (NoSuchFileException e) {
      throw e; // Callers tell a missing controller from a refused value.
    } catch (IOException e) {
      String tried = "write \"" + value + "\" to " + file + ": ";
      String reason = reason(e);
      if (reason.equals(NO_SPACE)) {
        // Without the cause, which would be taken for a full disk.
        throw new IOException(tried + "its cpuset has no processors or no memory nodes");
      }
      throw new IOException(tried + reason, e);
    }
  }

  static void write(Path file, long value) throws IOException {
    write(file, Long.toString(value));
  }

  /** Negative is written as {@code max}. */
  static void writeLimit(Path file, long value) throws IOException {
    write(file, value < 0 ? NO_LIMIT : Long.toString(value));
  }

  /** Whether the write failed for this reason, as strerror(3) words it. */
  static boolean failedWith(IOException failure, String strerror) {
    return failure.getMessage() != null && failure.getMessage().endsWith(strerror);
  }

  private static String reason(IOException e) {
    // The message of a failure on a file begins with the file, and may be nothing but that.
    String reason = e instanceof FileSystemException file ? file.getReason() : e.getMessage();
    return reason == null ? e.getClass().getSimpleName() : reason;
  }

  /**
   * The whole of a file. The plain stream is three system calls and no more, where a channel is
   * several objects as well; statistics read some eight files a cgroup.
   */
  static String read(Path file) throws IOException {
    try (FileInputStream in = new FileInputStream(file.toString())) {
      byte[] bytes = new byte[PAGE];
      int count = in.read(bytes);
      int length = Math.max(0, count);
      while (count > SURELY_THE_LAST) {
        if (bytes.length - length < PAGE) {
          bytes = Arrays.copyOf(bytes, bytes.length * 4);
        }
        count = in.read(bytes, length, bytes.length - length);
        length += Math.max(0, count);
      }
      return new String(bytes, 0, length, StandardCharsets.UTF_8).strip();
    } catch (FileNotFoundException e) {
      if (e.getMessage().endsWith("(No such file or directory)")) {
        throw new NoSuchFileException(file.toString());
      }
      throw new IOException("read " + e.getMessage(), e);
    } catch (IOException e) {
      throw new IOException("read " + file + ": " + reason(e), e);
    }
  }

  /** Nothing where the file is missing or its cgroup is being removed. */
  static String readIfPresent(Path file) throws IOException {
    try {
      return read(file);
    } catch (NoSuchFileException e) {
      return "";
    } catch (IOException e) {
      if (failedWith(e, "No such device") || failedWith(e, "Operation not supported")) {
        return "";
      }
      throw e;
    }
  }

  /** 0 where the file is missing. */
  static long number(Path file) throws IOException {
    return limit(file).orElse(0);
  }

  /** Empty where the file is missing or says that there is no limit. */
  static OptionalLong limit(Path file) throws IOException {
    return parseLimit(readIfPresent(file));
  }

  static OptionalLong parseLimit(String text) {
    if (text.isEmpty() || text.equals(NO_LIMIT)) {
      return OptionalLong.empty();
    }
    long value = Long.parseLong(text);
    return value >= V1_NO_LIMIT || value < 0 ? OptionalLong.empty() : OptionalLong.of(value);
  }

  /** Lines of {@code key value}. */
  static Map<String, Long> pairs(Path file) throws IOException {
    Map<String, Long> pairs = new HashMap<>();
    for (String line : readIfPresent(file).split("\n")) {
      int space = line.indexOf(' ');
      if (space > 0) {
        pairs.put(line.substring(0, space), Long.parseLong(line.substring(space + 1).strip()));
      }
    }
    return pairs;
  }

  static boolean exists(Path file) {
    return Files.exists(file);
  }
}
