package io.sandjar.runtime.daemon;

import io.sandjar.netbridge.Cidr;
import io.sandjar.runtime.state.AtomicFile;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Collectors;

/** The pod networks that a kubelet chose, kept for the next daemon: it names them only once. */
final class RememberedPodCidrs {
  private static final System.Logger LOG = System.getLogger(RememberedPodCidrs.class.getName());

  private final Path file;

  RememberedPodCidrs(Path file) {
    this.file = file;
  }

  /** Empty if no kubelet has named any. A file that makes no sense is set aside. */
  List<Cidr> read() throws IOException {
    String text;
    try {
      text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    } catch (NoSuchFileException none) {
      return List.of();
    }
    try {
      return text.lines().map(Cidr::parse).toList();
    } catch (IllegalArgumentException wrong) {
      Path aside = file.resolveSibling(file.getFileName() + ".corrupt");
      Files.move(file, aside, StandardCopyOption.REPLACE_EXISTING);
      LOG.log(
          Level.WARNING,
          "the pod networks in {0} cannot be read ({1}); set aside as {2}, and taken from the config",
          file,
          wrong.getMessage(),
          aside);
      return List.of();
    }
  }

  void write(List<Cidr> podCidrs) throws IOException {
    Files.createDirectories(file.getParent());
    String lines = podCidrs.stream().map(Cidr::toString).collect(Collectors.joining("\n"));
    AtomicFile.writeDurably(file, lines.getBytes(StandardCharsets.UTF_8));
  }
}
