package io.sandjar.netbridge.bridge;

import io.sandjar.netbridge.namespace.NetworkNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The sandboxes' namespaces as files, where {@code ip netns} looks for them. The names begin with
 * the bridge's, so that others' files in the same folder are told apart.
 */
final class BoundNamespaces {
  private final Path folder;
  private final String prefix;

  BoundNamespaces(Path folder, String bridge) {
    this.folder = folder;
    this.prefix = bridge + "-";
  }

  Path pathOf(String sandboxId) {
    return folder.resolve(prefix + sandboxId);
  }

  Path bind(String sandboxId, NetworkNamespace namespace) throws IOException {
    Path path = pathOf(sandboxId);
    namespace.bind(path);
    return path;
  }

  void unbind(String sandboxId) throws IOException {
    NetworkNamespace.unbind(pathOf(sandboxId));
  }

  /** The sandboxes that have a file here. */
  List<String> owners() throws IOException {
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
