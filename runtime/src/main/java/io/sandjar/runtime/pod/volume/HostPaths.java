package io.sandjar.runtime.pod.volume;

import io.sandjar.runtime.pod.env.ConfigErrorException;
import io.sandjar.runtime.pod.schema.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Checks, or makes, what a hostPath volume's type says must be there. */
final class HostPaths {
  private static final int S_IFMT = 0170000;
  private static final int S_IFSOCK = 0140000;
  private static final int S_IFBLK = 0060000;
  private static final int S_IFCHR = 0020000;

  private HostPaths() {}

  static Path prepare(Map<String, Object> hostPath) throws ConfigErrorException, IOException {
    Path path = Path.of(Trees.string(hostPath, "path", "/"));
    String type = Trees.string(hostPath, "type", "");
    switch (type) {
      case "DirectoryOrCreate" -> {
        if (!Files.exists(path)) {
          Files.createDirectories(path);
        }
        require(Files.isDirectory(path), path, "directory");
      }
      case "FileOrCreate" -> {
        if (!Files.exists(path)) {
          Files.createFile(path);
        }
        require(Files.isRegularFile(path), path, "file");
      }
      case "Directory" -> require(Files.isDirectory(path), path, "directory");
      case "File" -> require(Files.isRegularFile(path), path, "file");
      case "Socket" -> require(kind(path) == S_IFSOCK, path, "socket");
      case "CharDevice" -> require(kind(path) == S_IFCHR, path, "character device");
      case "BlockDevice" -> require(kind(path) == S_IFBLK, path, "block device");
      default -> {}
    }
    return path;
  }

  private static int kind(Path path) throws IOException {
    return Files.exists(path) ? (int) Files.getAttribute(path, "unix:mode") & S_IFMT : 0;
  }

  private static void require(boolean right, Path path, String what) throws ConfigErrorException {
    if (!right) {
      throw new ConfigErrorException("hostPath type check failed: " + path + " is not a " + what);
    }
  }
}
