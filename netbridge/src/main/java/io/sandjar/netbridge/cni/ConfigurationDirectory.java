package io.sandjar.netbridge.cni;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The folder of CNI configurations, of which the first usable one in the order of names is the
 * node's network.
 */
public final class ConfigurationDirectory {
  private final Path directory;

  public ConfigurationDirectory(Path directory) {
    this.directory = directory;
  }

  public Path path() {
    return directory;
  }

  /**
   * The node's network. A file that cannot be used is passed over, since a network's installer may
   * be writing it right now; only where no other file is usable does its fault become the error.
   */
  public NetworkConfiguration load() throws CniException {
    List<Path> files = files();
    if (files.isEmpty()) {
      throw new CniException(
          "no network configuration (*.conflist, *.conf, *.json) in "
              + directory
              + "; install a network add-on, or put one there");
    }
    CniException first = null;
    for (Path file : files) {
      try {
        byte[] content = Files.readAllBytes(file);
        return file.toString().endsWith(".conflist")
            ? NetworkConfiguration.parseList(file.toString(), content)
            : NetworkConfiguration.parseSingle(file.toString(), content);
      } catch (CniException e) {
        first = first == null ? e : first;
      } catch (IOException e) {
        CniException unreadable = new CniException(file + ": " + e.getMessage(), e);
        first = first == null ? unreadable : first;
      }
    }
    throw first;
  }

  private List<Path> files() throws CniException {
    List<Path> files = new ArrayList<>();
    try (DirectoryStream<Path> found =
        Files.newDirectoryStream(directory, "*.{conflist,conf,json}")) {
      found.forEach(files::add);
    } catch (NoSuchFileException | NotDirectoryException e) {
      return List.of();
    } catch (IOException | DirectoryIteratorException e) {
      throw new CniException("list the CNI configurations of " + directory, e);
    }
    files.sort(Comparator.comparing(file -> file.getFileName().toString()));
    return files;
  }
}
