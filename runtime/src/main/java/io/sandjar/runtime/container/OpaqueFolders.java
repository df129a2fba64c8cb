package io.sandjar.runtime.container;

import java.nio.file.Path;
import jnr.ffi.LibraryLoader;
import jnr.ffi.annotations.Out;

/** Tells folders that hide what lower layers have, by the mark that overlayfs puts on them. */
final class OpaqueFolders {
  private static final String MARK = "trusted.overlay.opaque";
  private static final byte YES = 'y';

  private OpaqueFolders() {}

  static boolean isOpaque(Path folder) {
    byte[] value = new byte[1];
    long length = Loaded.C.lgetxattr(folder.toString(), MARK, value, value.length);
    return length == 1 && value[0] == YES;
  }

  /** Java reads attributes of the user namespace only; attr(5). */
  public interface Attributes {
    long lgetxattr(String path, String name, @Out byte[] value, long size);
  }

  private static final class Loaded {
    private static final Attributes C = LibraryLoader.create(Attributes.class).load("c");
  }
}
