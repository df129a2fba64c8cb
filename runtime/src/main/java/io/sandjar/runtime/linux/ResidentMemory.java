package io.sandjar.runtime.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jnr.ffi.LibraryLoader;

/** The memory of this process that is no heap of Java's. */
public final class ResidentMemory {
  private static final Path SMAPS = Path.of("/proc/self/smaps");
  private static final int HEXADECIMAL = 16;
  private static final int MADV_DONTNEED = 4;

  /** How a part of the memory begins in proc_pid_smaps(5). */
  private static final Pattern PART = Pattern.compile("([0-9a-f]+)-([0-9a-f]+) (\\S+) .*");

  /** Followed by a size: of this part, what is no longer as it is in the file. */
  private static final String CHANGED = "Anonymous:";

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
    unchangedClasses(Files.readAllLines(SMAPS))
        .forEach(part -> Loaded.CALLS.madvise(part.start(), part.length(), MADV_DONTNEED));
  }

  record Part(long start, long length) {
    private static Part of(Matcher line) {
      long start = Long.parseUnsignedLong(line.group(1), HEXADECIMAL);
      return new Part(start, Long.parseUnsignedLong(line.group(2), HEXADECIMAL) - start);
    }
  }

  /**
   * The parts of class archives that nobody can write to, nor has: a JVM may patch an archive
   * before it protects it, and what was patched cannot be read again from the file.
   */
  static List<Part> unchangedClasses(List<String> smaps) {
    List<Part> unchanged = new ArrayList<>();
    Part archive = null;
    for (String line : smaps) {
      Matcher part = PART.matcher(line);
      if (part.matches()) {
        archive = part.group(3).equals("r--p") && line.endsWith(".jsa") ? Part.of(part) : null;
      } else if (archive != null && line.matches(CHANGED + " +0 kB")) {
        unchanged.add(archive);
      }
    }
    return unchanged;
  }

  /** Loads on first use. */
  private static final class Loaded {
    private static final Calls CALLS = LibraryLoader.create(Calls.class).load("c");
  }
}
