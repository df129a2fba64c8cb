package io.sandjar.netbridge.namespace;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Sandboxes' namespaces as files, where {@code ip netns} looks for them. Their names begin with a
 * prefix, so that others' files in the same folder are told apart.
 */
public final class BoundNamespaces {
  private final Path folder;
  private final String prefix;

  public BoundNamespaces(Path folder, String prefix) {
    this.folder = folder;
    this.prefix = prefix;
  }

  public Path pathOf(String sandboxId) {
    return folder.resolve(prefix + sandboxId);
  }

  public Path bind(String sandboxId, NetworkNamespace namespace) throws IOException {
    Path path = pathOf(sandboxId);
    namespace.bind(path);
    return path;
  }

  public void unbind(String sandboxId) throws IOException {
    NetworkNamespace.unbind(pathOf(sandboxId));
  }

  /** The sandboxes that have a file here. */
  public List<String> owners() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(f -> f.getFileName().toString())
          .filter(n -> n.startsWith(prefix))
          .map(n -> n.substring(prefix.length()))
          .toList();
    } catch (NoSuchFileException e) {
      return List.of();
    }
  }
}
