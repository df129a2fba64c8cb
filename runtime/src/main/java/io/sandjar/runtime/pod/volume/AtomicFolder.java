package io.sandjar.runtime.pod.volume;

import io.sandjar.runtime.state.FolderTree;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * A folder of files that change all at once: they lie in a folder of their own, {@code ..data}
 * leads to it, and each name leads through {@code ..data}, as in every pod of Kubernetes.
 */
final class AtomicFolder {
  private static final String CURRENT = "..data";
  private static final String NEXT = "..data_next";

  private final Path folder;

  AtomicFolder(Path folder) {
    this.folder = folder;
  }

  /** One file's content and permissions. */
  record Content(byte[] bytes, int mode) {

    @Override
    public boolean equals(Object other) {
      return other instanceof Content content
          && content.mode == mode
          && java.util.Arrays.equals(content.bytes, bytes);
    }

    @Override
    public int hashCode() {
      return 31 * mode + java.util.Arrays.hashCode(bytes);
    }
  }

  /** Makes the folder hold just these files; their paths are relative and without {@code ..}. */
  void write(Map<String, Content> files) throws IOException {
    Files.createDirectories(folder);
    if (files.equals(read())) {
      return;
    }
    String name = "..v" + System.nanoTime();
    Path version = Files.createDirectory(folder.resolve(name));
    Files.setPosixFilePermissions(version, permissions(0755));
    for (Map.Entry<String, Content> file : files.entrySet()) {
      Path path = version.resolve(file.getKey());
      Files.createDirectories(path.getParent());
      Files.write(path, file.getValue().bytes());
      Files.setPosixFilePermissions(path, permissions(file.getValue().mode()));
    }
    Path next = folder.resolve(NEXT);
    Files.deleteIfExists(next);
    Files.createSymbolicLink(next, Path.of(name));
    Files.move(next, folder.resolve(CURRENT), StandardCopyOption.ATOMIC_MOVE);
    linkNames(files.keySet());
    removeOld(name);
  }

  private void linkNames(Set<String> paths) throws IOException {
    Set<String> names = new HashSet<>();
    for (String path : paths) {
      String name = path.split("/")[0];
      names.add(name);
      Path link = folder.resolve(name);
      if (!Files.isSymbolicLink(link)) {
        Files.createSymbolicLink(link, Path.of(CURRENT, name));
      }
    }
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
      for (Path entry : entries) {
        String name = entry.getFileName().toString();
        if (!name.startsWith("..") && !names.contains(name)) {
          Files.deleteIfExists(entry);
        }
      }
    }
  }

  private void removeOld(String current) throws IOException {
    try (DirectoryStream<Path> versions = Files.newDirectoryStream(folder, "..v*")) {
      for (Path version : versions) {
        if (!version.getFileName().toString().equals(current)) {
          FolderTree.delete(version);
        }
      }
    }
  }

  private Map<String, Content> read() throws IOException {
    Path current = folder.resolve(CURRENT);
    var files = new LinkedHashMap<String, Content>();
    if (!Files.isSymbolicLink(current)) {
      return files;
    }
    Path version = current.toRealPath();
    try (var tree = Files.walk(version)) {
      for (Path path : (Iterable<Path>) tree.filter(Files::isRegularFile)::iterator) {
        files.put(
            version.relativize(path).toString(), new Content(Files.readAllBytes(path), mode(path)));
      }
    }
    return files;
  }

  private static int mode(Path path) throws IOException {
    int mode = 0;
    for (PosixFilePermission permission : Files.getPosixFilePermissions(path)) {
      mode |= 0400 >> permission.ordinal();
    }
    return mode;
  }

  static Set<PosixFilePermission> permissions(int mode) {
    var permissions = EnumSet.noneOf(PosixFilePermission.class);
    for (PosixFilePermission permission : PosixFilePermission.values()) {
      if ((mode & 0400 >> permission.ordinal()) != 0) {
        permissions.add(permission);
      }
    }
    return permissions;
  }
}
