package io.sandjar.runtime.state;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Keeps one record per id: {@code BASE/ID/NAME} as versioned JSON.
 *
 * <p>A file that cannot be read is set aside under another name with a log line that says where, so
 * that one bad sector costs one record and not the node.
 */
public final class RecordFolder<R extends Record> {
  private static final String VERSION = "version";

  /** How the name of a folder begins that is only waiting to be deleted. */
  private static final String BURIED = ".gone-";

  /** The folder beside the base that takes what cannot be read. */
  private static final String SET_ASIDE = "corrupt";

  private final Path base;
  private final String fileName;
  private final Class<R> type;
  private final int version;

  /**
   * @param version of the record's form; a file of a newer one is set aside, not guessed at
   */
  public RecordFolder(Path base, String fileName, Class<R> type, int version) {
    this.base = base;
    this.fileName = fileName;
    this.type = type;
    this.version = version;
  }

  Path base() {
    return base;
  }

  /** The folder of one id, which may hold more than the record. */
  public Path folder(String id) {
    return base.resolve(id);
  }

  public void save(String id, R value) throws IOException {
    byte[] content = encode(value);
    try {
      AtomicFile.write(file(id), content);
    } catch (NoSuchFileException first) {
      // Asked for only where it is missing: most records are replaced many times.
      Files.createDirectories(folder(id));
      AtomicFile.write(file(id), content);
    }
  }

  /** As {@link #save}, of an id that most likely has no folder yet. */
  void saveFirst(String id, R value) throws IOException {
    if (!Files.isDirectory(folder(id))) {
      Files.createDirectories(folder(id));
    }
    save(id, value);
  }

  /** As {@link #save}, and on the disk when it returns. */
  public void saveDurably(String id, R value) throws IOException {
    boolean isNew = !Files.isDirectory(folder(id));
    if (isNew) {
      Files.createDirectories(folder(id));
    }
    AtomicFile.writeDurably(file(id), encode(value));
    if (isNew) {
      AtomicFile.sync(base);
    }
  }

  /** Brings to the disk what {@link #save} has written. */
  public void sync(String id) throws IOException {
    AtomicFile.sync(file(id));
    AtomicFile.sync(folder(id));
    AtomicFile.sync(base);
  }

  public Optional<R> load(String id) throws IOException {
    try {
      Map<String, Object> tree = JSON.std.mapFrom(Files.readAllBytes(file(id)));
      Object found = tree.remove(VERSION);
      if (!(found instanceof Integer number) || number > version) {
        throw new IOException("version " + found + " is not one that this release reads");
      }
      checkOwner(id, tree);
      return Optional.of(RecordJson.fromTree(type, tree));
    } catch (NoSuchFileException none) {
      return Optional.empty();
    } catch (IOException | RuntimeException wrong) {
      setAside(id, wrong);
      return Optional.empty();
    }
  }

  /** A record that knows its id lies under it, or below its algorithm where that is a digest. */
  private void checkOwner(String id, Map<String, Object> tree) throws IOException {
    boolean knows =
        Arrays.stream(type.getRecordComponents()).anyMatch(each -> each.getName().equals("id"));
    Object own = tree.get("id");
    if (knows && !id.equals(own) && !String.valueOf(own).endsWith(":" + id)) {
      throw new IOException("it is the record of " + own);
    }
  }

  /** Every record, by id, in the order of the ids. Folders without a readable record are absent. */
  public Map<String, R> loadAll() throws IOException {
    Map<String, R> all = new TreeMap<>();
    for (String id : ids()) {
      load(id).ifPresent(found -> all.put(id, found));
    }
    return all;
  }

  /** The ids of all folders, also of those whose record is missing. */
  public Set<String> ids() throws IOException {
    Set<String> ids = new TreeSet<>(names());
    ids.removeIf(RecordFolder::isBuried);
    return ids;
  }

  private List<String> names() throws IOException {
    List<String> names = new ArrayList<>();
    if (Files.isDirectory(base)) {
      try (DirectoryStream<Path> folders = Files.newDirectoryStream(base, Files::isDirectory)) {
        folders.forEach(folder -> names.add(folder.getFileName().toString()));
      }
    }
    return names;
  }

  private static boolean isBuried(String name) {
    return name.startsWith(BURIED);
  }

  /** Moves the folder with all that is in it out of sight. Where it is now; empty if it is none. */
  Optional<Path> bury(String id) throws IOException {
    // Not by the id alone: a late write may have made the folder of what is gone already again.
    Path buried = base.resolve(BURIED + id + "-" + Long.toHexString(System.nanoTime()));
    try {
      Files.move(folder(id), buried, StandardCopyOption.ATOMIC_MOVE);
      return Optional.of(buried);
    } catch (NoSuchFileException gone) {
      return Optional.empty();
    }
  }

  /** What was buried by somebody who died before he deleted it. */
  List<Path> buried() throws IOException {
    return names().stream().filter(RecordFolder::isBuried).map(base::resolve).toList();
  }

  /** Removes the folder with all that is in it. */
  public void delete(String id) throws IOException {
    // The record goes first: a folder without one is garbage to whoever starts next.
    Files.deleteIfExists(file(id));
    FolderTree.delete(folder(id));
  }

  private Path file(String id) {
    return folder(id).resolve(fileName);
  }

  private byte[] encode(R value) throws IOException {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put(VERSION, version);
    tree.putAll(RecordJson.toTree(value));
    return RecordJson.bytes(tree);
  }

  private void setAside(String id, Exception wrong) throws IOException {
    // Not in its own folder, which is removed as one that has no record.
    Path folder = Files.createDirectories(base.resolveSibling(SET_ASIDE));
    Path aside = folder.resolve(base.getFileName() + "-" + id + "-" + fileName);
    DamagedFile.setAside(file(id), aside, wrong, "treated as lost");
  }
}
