package io.sandjar.netbridge.routes;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
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

    Content without(String name) {
      return new Content(peers.stream().filter(p -> !p.name().equals(name)).toList(), problems);
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
      String line = content(lines.get(i));
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

  private static String content(String line) {
    return line.replaceFirst("#.*", "").strip();
  }

  /**
   * Writes a peer's line, in place of one of its name. All other lines stay as they are: comments,
   * and what makes no sense, too.
   */
  void put(Peer peer) throws IOException {
    rewrite(peer.name(), List.of(bytesAsText(peer.toLine())));
  }

  /**
   * Removes a peer's line.
   *
   * @return whether there was one
   */
  boolean remove(String name) throws IOException {
    boolean there = lines().stream().anyMatch(line -> isOf(name, line));
    if (there) {
      rewrite(name, List.of());
    }
    return there;
  }

  private void rewrite(String name, List<String> line) throws IOException {
    List<String> now = lines();
    List<String> next = new ArrayList<>(now.stream().filter(l -> !isOf(name, l)).toList());
    int at = (int) now.stream().takeWhile(l -> !isOf(name, l)).count();
    next.addAll(Math.min(at, next.size()), line);
    write(next);
  }

  private static boolean isOf(String name, String line) {
    return content(line).split("\\s+", 2)[0].equals(bytesAsText(name));
  }

  /** Its lines, each byte a character, so that they can be written again as they were. */
  private List<String> lines() throws IOException {
    try {
      return new String(Files.readAllBytes(path), StandardCharsets.ISO_8859_1).lines().toList();
    } catch (NoSuchFileException e) {
      return List.of();
    }
  }

  private static String bytesAsText(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }

  /** Replaces its content in one step that survives a power cut. */
  private void write(List<String> lines) throws IOException {
    Path folder = path.toAbsolutePath().getParent();
    Files.createDirectories(folder);
    Path next = path.resolveSibling(path.getFileName() + ".next");
    Files.write(next, lines, StandardCharsets.ISO_8859_1);
    sync(next);
    Files.move(next, path, StandardCopyOption.ATOMIC_MOVE);
    sync(folder);
  }

  private static void sync(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
