package io.sandjar.runtime.cri;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The wall clock of one process, which a test sets forth and back: libfaketime answers in the
 * kernel's place. The machine's clock stays as it is, and so does that of containers, which ask the
 * kernel; the monotonic clock does not jump, as it never does.
 */
final class JumpingClock {
  private static final String LIBRARY = "faketime/libfaketimeMT.so.1";

  private final Path offset;

  JumpingClock(Path folder) throws IOException {
    this.offset = folder.resolve("clock-offset");
    set(0);
  }

  /** For the process whose clock it is. */
  Map<String, String> environment() throws IOException {
    return Map.of(
        "LD_PRELOAD",
        library().toString(),
        "FAKETIME_TIMESTAMP_FILE",
        offset.toString(),
        "FAKETIME_DONT_FAKE_MONOTONIC",
        "1",
        // Or waits that end by the monotonic clock, as the JVM's do, end at once.
        "FAKETIME_FORCE_MONOTONIC_FIX",
        "0",
        // How many seconds later it is noticed; to look at each call makes a process crawl.
        "FAKETIME_CACHE_DURATION",
        "1");
  }

  private static Path library() throws IOException {
    try (Stream<Path> architectures = Files.list(Path.of("/usr/lib"))) {
      return architectures
          .map(folder -> folder.resolve(LIBRARY))
          .filter(Files::exists)
          .findFirst()
          .orElseThrow(() -> new IOException("no " + LIBRARY + ": install libfaketime"));
    }
  }

  /** From now on it is so many seconds ahead of the machine's, or behind it. */
  void set(long seconds) throws IOException {
    Path next = offset.resolveSibling("clock-offset.new");
    Files.writeString(next, "%+d".formatted(seconds));
    Files.move(next, offset, StandardCopyOption.ATOMIC_MOVE);
  }

  /** What the library leaves of a process that was killed. */
  static void forget(long pid) throws IOException {
    for (String left : List.of("faketime_shm_" + pid, "sem.faketime_sem_" + pid)) {
      Files.deleteIfExists(Path.of("/dev/shm", left));
    }
  }
}
