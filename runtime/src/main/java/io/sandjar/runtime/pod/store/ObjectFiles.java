package io.sandjar.runtime.pod.store;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sandjar.runtime.image.reference.Digest;
import io.sandjar.runtime.pod.schema.Trees;
import io.sandjar.runtime.state.AtomicFile;
import io.sandjar.runtime.state.DamagedFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Keeps each object in a JSON file of its own: {@code KIND/NAMESPACE/NAME.json}, root's alone. */
final class ObjectFiles {
  private static final String SUFFIX = ".json";
  private static final String WHOLE_NODE = "_";
  private static final String REVISION = "revision";

  /** With {@link #SUFFIX} and what is put to a damaged file's name. */
  private static final int LONGEST_NAME = 230;

  private static final int BEGINNING = 160;

  /** A node that counts a million a second comes here in 35,000 years. */
  private static final long LAST_REVISION = 1L << 60;

  private final Path folder;

  ObjectFiles(Path folder) throws IOException {
    this.folder = folder;
    makeFolder(folder);
  }

  /** All objects that can be read; a file that cannot is set aside and reported. */
  List<Map<String, Object>> readAll() throws IOException {
    var objects = new ArrayList<Map<String, Object>>();
    sweep();
    List<Path> files;
    try (Stream<Path> tree = Files.walk(folder, 3)) {
      files = tree.filter(file -> file.getFileName().toString().endsWith(SUFFIX)).toList();
    }
    for (Path file : files) {
      try {
        Map<String, Object> object = Trees.copy(JSON.std.mapFrom(Files.readAllBytes(file)));
        if (!file.equals(file(ObjectKey.of(object)))) {
          throw new IOException("it holds " + ObjectKey.of(object));
        }
        objects.add(object);
      } catch (IOException | RuntimeException e) {
        DamagedFile.setAside(file, e, "the object is forgotten");
      }
    }
    return objects;
  }

  private void sweep() throws IOException {
    List<Path> folders;
    try (Stream<Path> tree = Files.walk(folder, 2)) {
      folders = tree.filter(Files::isDirectory).toList();
    }
    for (Path each : folders) {
      AtomicFile.sweep(each);
    }
  }

  /**
   * Survives the death of the daemon. {@link #sync} makes it survive a power cut, too.
   *
   * @return how many bytes it takes
   */
  long write(ObjectKey key, Map<String, Object> object) throws IOException {
    Path file = file(key);
    makeFolder(file.getParent());
    byte[] json = JSON.std.asBytes(object);
    AtomicFile.writePrivately(file, json);
    return json.length;
  }

  void sync(ObjectKey key) throws IOException {
    Path file = file(key);
    try {
      AtomicFile.sync(file);
    } catch (NoSuchFileException deleted) {
      // By now, or that is what is to survive; the folder knows.
    }
    AtomicFile.sync(file.getParent());
  }

  /**
   * @return how many bytes it took
   */
  long delete(ObjectKey key) throws IOException {
    Path file = file(key);
    long bytes = Files.exists(file) ? Files.size(file) : 0;
    Files.deleteIfExists(file);
    return bytes;
  }

  /** No version up to this one is ever given again, also not after the objects are gone. */
  long readRevision() throws IOException {
    Path file = folder.resolve(REVISION);
    if (!Files.exists(file)) {
      return 0;
    }
    try {
      long revision = Long.parseLong(Files.readString(file).strip());
      if (revision < 0 || revision > LAST_REVISION) {
        throw new IOException("there cannot be a version " + revision);
      }
      return revision;
    } catch (IOException | NumberFormatException e) {
      DamagedFile.setAside(file, e, "versions go on from the objects' own");
      return 0;
    }
  }

  void writeRevision(long revision) throws IOException {
    AtomicFile.writeDurably(
        folder.resolve(REVISION), Long.toString(revision).getBytes(StandardCharsets.UTF_8));
  }

  private Path file(ObjectKey key) {
    String namespace = key.namespace().isEmpty() ? WHOLE_NODE : key.namespace();
    return folder.resolve(key.kind()).resolve(namespace).resolve(fileName(key.name()) + SUFFIX);
  }

  /** A name of Kubernetes may have 253 characters, and a file's 255. */
  private static String fileName(String name) {
    return name.length() <= LONGEST_NAME
        ? name
        : name.substring(0, BEGINNING)
            + '~'
            + Digest.sha256(name.getBytes(StandardCharsets.UTF_8)).hex();
  }

  private static void makeFolder(Path path) throws IOException {
    Files.createDirectories(
        path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
  }
}
