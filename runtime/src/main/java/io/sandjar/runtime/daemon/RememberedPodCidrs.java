package io.sandjar.runtime.daemon;

import io.sandjar.netbridge.Cidr;
import io.sandjar.runtime.state.AtomicFile;
import io.sandjar.runtime.state.DamagedFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** The pod networks that a kubelet chose, kept for the next daemon: it names them only once. */
final class RememberedPodCidrs {
  private final Path file;

  RememberedPodCidrs(Path file) {
    this.file = file;
  }

  /** Empty if no kubelet has named any. A file that makes no sense is set aside. */
  List<Cidr> read() throws IOException {
    try {
      return Files.readAllLines(file).stream().map(Cidr::parse).toList();
    } catch (NoSuchFileException none) {
      return List.of();
    } catch (IOException | IllegalArgumentException wrong) {
      DamagedFile.setAside(file, wrong, "the pod networks are taken from the config");
      return List.of();
    }
  }

  void write(List<Cidr> podCidrs) throws IOException {
    Files.createDirectories(file.getParent());
    String lines = podCidrs.stream().map(Cidr::toString).collect(Collectors.joining("\n"));
    AtomicFile.writeDurably(file, lines.getBytes(StandardCharsets.UTF_8));
  }
}
