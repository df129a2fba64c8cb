package io.sandjar.runtime.container;

import io.sandjar.runtime.linux.RootfsFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads small files of an image from its unpacked layers, as the overlay would show them, without
 * mounting it.
 *
 * <p>The layers do not change, so looking first and reading then is safe. Links are resolved within
 * the image, whatever they say.
 */
final class LayeredFiles implements RootfsFiles {
  private static final int MAX_LINKS = 40;
  private static final long MAX_BYTES = 4L << 20;
  private static final int S_IFMT = 0xf000;
  private static final int S_IFCHR = 0x2000;

  private final List<Path> layers;

  /**
   * @param layers the topmost first
   */
  LayeredFiles(List<Path> layers) {
    this.layers = List.copyOf(layers);
  }

  @Override
  public Optional<byte[]> read(String path) throws IOException {
    ArrayDeque<String> rest = new ArrayDeque<>(List.of(path.split("/")));
    List<String> at = new ArrayList<>();
    int links = 0;
    Path found = null;
    while (!rest.isEmpty()) {
      String name = rest.pop();
      if (name.isEmpty() || name.equals(".")) {
        continue;
      }
      if (name.equals("..")) {
        if (!at.isEmpty()) {
          at.remove(at.size() - 1);
        }
        continue;
      }
      at.add(name);
      Optional<Path> entry = find(String.join("/", at));
      if (entry.isEmpty()) {
        return Optional.empty();
      }
      found = entry.get();
      if (Files.isSymbolicLink(found)) {
        if (++links > MAX_LINKS) {
          throw new IOException("too many links in the image's " + path);
        }
        String target = Files.readSymbolicLink(found).toString();
        at.remove(at.size() - 1);
        if (target.startsWith("/")) {
          at.clear();
        }
        String[] names = target.split("/");
        for (int i = names.length - 1; i >= 0; i--) {
          rest.push(names[i]);
        }
      }
    }
    return found == null ? Optional.empty() : content(path, found);
  }

  private static Optional<byte[]> content(String path, Path file) throws IOException {
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new IOException("the image's " + path + " is not a regular file");
    }
    if (Files.size(file) > MAX_BYTES) {
      throw new IOException("the image's " + path + " is larger than " + MAX_BYTES + " bytes");
    }
    return Optional.of(Files.readAllBytes(file));
  }

  /** The entry that the overlay shows at a path without links in its folders. */
  private Optional<Path> find(String path) throws IOException {
    for (Path layer : layers) {
      Path entry = layer.resolve(path);
      if (Files.exists(entry, LinkOption.NOFOLLOW_LINKS)) {
        return isWhiteout(entry) ? Optional.empty() : Optional.of(entry);
      }
      if (hides(layer, path)) {
        return Optional.empty();
      }
    }
    return Optional.empty();
  }

  /** Whether the layer covers what the ones below it have at the path. */
  private static boolean hides(Path layer, String path) throws IOException {
    Path folder = layer;
    String[] names = path.split("/");
    for (int i = 0; i < names.length - 1; i++) {
      folder = folder.resolve(names[i]);
      if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
        return false;
      }
      if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS) || isOpaque(folder)) {
        return true;
      }
    }
    return false;
  }

  /** Overlayfs' mark of a removed name: a character device 0/0. */
  private static boolean isWhiteout(Path entry) throws IOException {
    Map<String, Object> attributes =
        Files.readAttributes(entry, "unix:mode,rdev", LinkOption.NOFOLLOW_LINKS);
    boolean character = ((Integer) attributes.get("mode") & S_IFMT) == S_IFCHR;
    return character && ((Long) attributes.get("rdev")) == 0;
  }

  private static boolean isOpaque(Path folder) throws IOException {
    return OpaqueFolders.isOpaque(folder);
  }
}
