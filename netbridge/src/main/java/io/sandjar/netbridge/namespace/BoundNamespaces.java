package io.sandjar.netbridge.namespace;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Sandboxes' namespaces as files, where {@code ip netns} looks for them. Their names begin with
 * that of the network they belong to, so that others' files in the same folder are told apart.
 */
public final class BoundNamespaces {
  private static final char SEPARATOR = ':';

  private final Path folder;
  private final String prefix;

  private BoundNamespaces(Path folder, String prefix) {
    this.folder = folder;
    this.prefix = prefix;
  }

  /**
   * The files of one network.
   *
   * @param network a bridge's name, or one that no link could have; without a colon, which the
   *     kernel allows in no link's name either, so that no network's name begins with another's
   */
  public static BoundNamespaces of(Path folder, String network) {
    if (network.indexOf(SEPARATOR) >= 0) {
      throw new IllegalArgumentException("'" + network + "' cannot name a network: it has a colon");
    }
    return new BoundNamespaces(folder, network + SEPARATOR);
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
