package io.sandjar.runtime.linux;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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

  /** Loses nothing, also of what is written just now. Since Linux 5.4. */
  private static final int MADV_PAGEOUT = 21;

  /** Bits of /proc/PID/pagemap; see the kernel's admin-guide/mm/pagemap. */
  private static final long IN_MEMORY_OR_SWAP = 0b11L << 62;

  private static final long OF_A_FILE = 1L << 61;
  private static final int ENTRIES_AT_ONCE = 4096;

  /** How a part of the memory begins in proc_pid_maps(5) that can be read. */
  private static final Pattern READABLE =
      Pattern.compile("([0-9a-f]+)-([0-9a-f]+) r([w-])[x-][ps] .*");

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
   * of them were read once, at the start. What is needed again is in the page cache still, but for
   * pages that could be written to: the kernel alone lets go of those without losing anything, and
   * takes them out of the cache, too.
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
    for (Part part : ofTheJvm(Files.readAllLines(MAPS))) {
      for (Part same : unchanged(part)) {
        Loaded.CALLS.madvise(
            same.start(), same.length(), part.writable() ? MADV_PAGEOUT : MADV_DONTNEED);
      }
    }
  }

  record Part(long start, long length, boolean writable) {
    private static Part of(Matcher line) {
      long start = Long.parseUnsignedLong(line.group(1), HEXADECIMAL);
      long end = Long.parseUnsignedLong(line.group(2), HEXADECIMAL);
      return new Part(start, end - start, line.group(3).equals("w"));
    }
  }

  /**
   * The parts of the JVM's files. Only of those that were mapped before the first class was loaded:
   * another library might just be patched by the linker.
   */
  static List<Part> ofTheJvm(List<String> maps) {
    return maps.stream()
        .filter(line -> OF_THE_JVM.stream().anyMatch(line::endsWith))
        .map(READABLE::matcher)
        .filter(Matcher::matches)
        .map(Part::of)
        .toList();
  }

  /**
   * What of a part is still as it is in the file. A JVM may patch an archive before it protects it,
   * as the linker does a library, and what was patched cannot be read again.
   */
  static List<Part> unchanged(Part part) throws IOException {
    int page = pageSize();
    List<Part> unchanged = new ArrayList<>();
    ByteBuffer entries =
        ByteBuffer.allocate(ENTRIES_AT_ONCE * Long.BYTES).order(ByteOrder.nativeOrder());
    long end = part.start() + part.length();
    long from = part.start();
    try (FileChannel pagemap = FileChannel.open(PAGEMAP)) {
      for (long at = part.start(); at < end; at += page) {
        if ((at - part.start()) / page % ENTRIES_AT_ONCE == 0) {
          read(pagemap, at / page, (end - at) / page, entries);
        }
        long entry = entries.getLong();
        if ((entry & IN_MEMORY_OR_SWAP) != 0 && (entry & OF_A_FILE) == 0) {
          if (from < at) {
            unchanged.add(new Part(from, at - from, part.writable()));
          }
          from = at + page;
        }
      }
    }
    if (from < end) {
      unchanged.add(new Part(from, end - from, part.writable()));
    }
    return unchanged;
  }

  static int pageSize() {
    return Loaded.CALLS.getpagesize();
  }

  private static void read(FileChannel pagemap, long first, long count, ByteBuffer entries)
      throws IOException {
    entries.clear().limit((int) Math.min(entries.capacity(), count * Long.BYTES));
    if (pagemap.read(entries, first * Long.BYTES) < entries.limit()) {
      throw new IOException(PAGEMAP + " ends at page " + first);
    }
    entries.flip();
  }

  /** Loads on first use. */
  private static final class Loaded {
    private static final Calls CALLS = LibraryLoader.create(Calls.class).load("c");
  }
}
