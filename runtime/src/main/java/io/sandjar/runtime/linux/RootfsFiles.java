package io.sandjar.runtime.linux;

import java.io.IOException;
import java.util.Optional;

/** Reads small files of a container's root filesystem, which nobody may trust. */
@FunctionalInterface
public interface RootfsFiles {

  /**
   * The whole of a file.
   *
   * @param path absolute, resolved inside the root filesystem
   * @return empty where there is no such file
   * @throws IOException if it is no regular file, or larger than anyone's honest one
   */
  Optional<byte[]> read(String path) throws IOException;
}
