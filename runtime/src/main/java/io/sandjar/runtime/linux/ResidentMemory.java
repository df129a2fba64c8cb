package io.sandjar.runtime.linux;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jnr.ffi.LibraryLoader;

/** The memory of this process that is no heap of Java's. */
public final class ResidentMemory {
  private static final Path MAPS = Path.of("/proc/self/maps");
  private static final Path PAGEMAP = Path.of("/proc/self/pagemap");
  private static final int HEXADECIMAL = 16;
  private static final int MADV_DONTNEED = 4;

  /** Bits of /proc/PID/pagemap; see the kernel's admin-guide/mm/pagemap. */
  private static final long IN_MEMORY_OR_SWAP = 0b11L << 62;

  private static final long OF_A_FILE = 1L << 61;
  private static final int ENTRIES_AT_ONCE = 4096;

  /** How a part of the memory begins in proc_pid_maps(5) that nobody can write to. */
  private static final Pattern FIXED = Pattern.compile("([0-9a-f]+)-([0-9a-f]+) r-[x-][ps] .*");

  /** Class archives, the JVM's own code and data, and its modules. */
  private static final List<String> OF_THE_JVM = List.of(".jsa", "/libjvm.so", "/lib/modules");

  /** Each is looked up when it is called: only glibc has the first. */
  public interface Calls {
    int malloc_trim(long pad);

    int madvise(long address, long length, int advice);

    int getpagesize();
  }

  private ResidentMemory() {}

  /**
   * Gives back what is free in malloc's arenas, and lets go of the pages of the JVM's files: most
   * of them were read once, at the start. What is needed again is in the page cache still.
   *
   * <p>The kernel's own list of what was changed, smaps, would take reading 14,000 lines, for which
   * the JVM compiles code and takes more memory than it gives back.
   */
  public static void giveBack() throws IOException {
    try {
      Loaded.CALLS.malloc_trim(0);
    } catch (UnsatisfiedLinkError other) {
      // musl's malloc keeps little.
    }
    for (Part part : fixed(Files.readAllLines(MAPS))) {
      if (!isChanged(part)) {
        Loaded.CALLS.madvise(part.start(), part.length(), MADV_DONTNEED);
      }
    }
  }

  record Part(long start, long length) {
    private static Part of(Matcher line) {
      long start = Long.parseUnsignedLong(line.group(1), HEXADECIMAL);
      return new Part(start, Long.parseUnsignedLong(line.group(2), HEXADECIMAL) - start);
    }
  }

  /**
   * The parts of the JVM's files that nobody can write to. Only of files that were mapped before
   * the first class was loaded: another library might just be patched by the linker.
   */
  static List<Part> fixed(List<String> maps) {
    return maps.stream()
        .filter(line -> OF_THE_JVM.stream().anyMatch(line::endsWith))
        .map(FIXED::matcher)
        .filter(Matcher::matches)
        .map(Part::of)
        .toList();
  }

  /**
   * Whether a page is no longer as it is in the file: a JVM may patch an archive before it protects
   * it, as the linker does a library, and what was patched cannot be read again.
   */
  static boolean isChanged(Part part) throws IOException {
    int page = Loaded.CALLS.getpagesize();
    long at = part.start() / page * Long.BYTES;
    long end = (part.start() + part.length()) / page * Long.BYTES;
    ByteBuffer entries =
        ByteBuffer.allocate(ENTRIES_AT_ONCE * Long.BYTES).order(ByteOrder.nativeOrder());
    try (FileChannel pagemap = FileChannel.open(PAGEMAP)) {
      while (at < end) {
        entries.clear().limit((int) Math.min(entries.capacity(), end - at));
        if (pagemap.read(entries, at) < entries.limit()) {
          return true;
        }
        for (int i = 0; i < entries.limit(); i += Long.BYTES) {
          long entry = entries.getLong(i);
          if ((entry & IN_MEMORY_OR_SWAP) != 0 && (entry & OF_A_FILE) == 0) {
            return true;
          }
        }
        at += entries.limit();
      }
    }
    return false;
  }

  /** Loads on first use. */
  private static final class Loaded {
    private static final Calls CALLS = LibraryLoader.create(Calls.class).load("c");
  }
}
