package io.sandjar.runtime.linux;

import jnr.ffi.LibraryLoader;

/** The memory that malloc holds for this process's native parts. */
public final class NativeHeap {

  /** What only glibc has: looked up when it is called. */
  public interface Glibc {
    int malloc_trim(long pad);
  }

  private NativeHeap() {}

  /** Gives back what is free in it; nothing happens where libc has no malloc_trim(3). */
  public static void trim() {
    try {
      Loaded.GLIBC.malloc_trim(0);
    } catch (UnsatisfiedLinkError other) {
      // musl's malloc keeps little.
    }
  }

  /** Loads on first use. */
  private static final class Loaded {
    private static final Glibc GLIBC = LibraryLoader.create(Glibc.class).load("c");
  }
}
