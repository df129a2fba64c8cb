package io.sandjar.runtime.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jnr.ffi.LibraryLoader;

/** The memory of this process that is no heap of Java's. */
public final class ResidentMemory {
  private static final Path MAPS = Path.of("/proc/self/maps");
  private static final int HEXADECIMAL = 16;
  private static final int MADV_DONTNEED = 4;

  /** A part of a class archive that nobody can have written to; see proc_pid_maps(5). */
  private static final Pattern UNCHANGED_CLASSES =
      Pattern.compile("([0-9a-f]+)-([0-9a-f]+) r--p .*\\.jsa");

  /** Each is looked up when it is called: only glibc has the first. */
  public interface Calls {
    int malloc_trim(long pad);

    int madvise(long address, long length, int advice);
  }

  private ResidentMemory() {}

  /**
   * Gives back what is free in malloc's arenas, and lets go of the archive's pages: most of them
   * were read once, at the start. What is needed again is in the page cache still.
   */
  public static void giveBack() throws IOException {
    try {
      Loaded.CALLS.malloc_trim(0);
    } catch (UnsatisfiedLinkError other) {
      // musl's malloc keeps little.
    }
    unchangedClasses(Files.readAllLines(MAPS))
        .forEach(part -> Loaded.CALLS.madvise(part.start(), part.length(), MADV_DONTNEED));
  }

  record Part(long start, long length) {}

  static List<Part> unchangedClasses(List<String> maps) {
    return maps.stream()
        .map(UNCHANGED_CLASSES::matcher)
        .filter(Matcher::matches)
        .map(
            found -> {
              long start = Long.parseUnsignedLong(found.group(1), HEXADECIMAL);
              return new Part(start, Long.parseUnsignedLong(found.group(2), HEXADECIMAL) - start);
            })
        .toList();
  }

  /** Loads on first use. */
  private static final class Loaded {
    private static final Calls CALLS = LibraryLoader.create(Calls.class).load("c");
  }
}
