package io.sandjar.runtime.container.log;

import java.nio.file.Path;

/**
 * Where a container's log lies.
 *
 * @param directory the pod's log directory, as the node's operator arranged it: links in it are
 *     followed
 * @param relative the file below it: no link is followed there, since a pod may be able to write
 *     there
 */
public record LogPath(Path directory, Path relative) {

  public LogPath {
    if (!directory.isAbsolute()) {
      throw new IllegalArgumentException("the log directory is not absolute: " + directory);
    }
    if (relative.isAbsolute()
        || relative.toString().isEmpty()
        || !relative.normalize().equals(relative)
        || relative.startsWith("..")) {
      throw new IllegalArgumentException(
          "the log path must name a file below the log directory: " + relative);
    }
  }

  public LogPath(Path directory, String relative) {
    this(directory, Path.of(relative));
  }

  public Path file() {
    return directory.resolve(relative);
  }

  @Override
  public String toString() {
    return file().toString();
  }
}
