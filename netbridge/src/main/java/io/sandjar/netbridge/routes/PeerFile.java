package io.sandjar.netbridge.routes;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/** A file of peers, one a line; {@code #} starts a comment. A missing file has none. */
public final class PeerFile {
  private final Path path;
  private final Peer.Source source;

  /** What a file says: its peers, and what is wrong with its other lines. */
  public record Content(List<Peer> peers, List<String> problems) {
    public Content {
      peers = List.copyOf(peers);
      problems = List.copyOf(problems);
    }
  }

  public PeerFile(Path path, Peer.Source source) {
    this.path = path;
    this.source = source;
  }

  public Path path() {
    return path;
  }

  /** Reads it; a line that is wrong does not spoil the others. */
  public Content read() throws IOException {
    List<Peer> peers = new ArrayList<>();
    List<String> problems = new ArrayList<>();
    List<String> lines;
    try {
      // What is no UTF-8 becomes U+FFFD, and is wrong with its line alone.
      lines = new String(Files.readAllBytes(path), StandardCharsets.UTF_8).lines().toList();
    } catch (NoSuchFileException e) {
      return new Content(List.of(), List.of());
    }
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).replaceFirst("#.*", "").strip();
      try {
        if (!line.isEmpty()) {
          peers.add(Peer.parse(line, source));
        }
      } catch (IllegalArgumentException e) {
        problems.add(path + ", line " + (i + 1) + ": " + e.getMessage());
      }
    }
    return new Content(peers, problems);
  }

  /** Replaces its content in one step. */
  public void write(List<Peer> peers) throws IOException {
    Files.createDirectories(path.toAbsolutePath().getParent());
    Path next = path.resolveSibling(path.getFileName() + ".next");
    Files.write(next, peers.stream().map(Peer::toLine).toList());
    Files.move(next, path, StandardCopyOption.ATOMIC_MOVE);
  }
}
