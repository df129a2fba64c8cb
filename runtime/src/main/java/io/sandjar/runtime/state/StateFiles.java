package io.sandjar.runtime.state;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The two files of each thing of one kind: its record under the root folder, which survives a
 * reboot, and its life under the state folder, which does not.
 */
public final class StateFiles<R extends Record, L extends Record> {
  private static final int VERSION = 1;

  private final String kind;
  private final RecordFolder<R> records;
  private final RecordFolder<L> lives;
  private final DiskSync disk;
  private final Failpoints failpoints;

  /**
   * @param kind what the things are, as in "sandbox": names the folders and the failpoints
   */
  public StateFiles(
      Path root,
      Path state,
      String kind,
      String folder,
      Class<R> record,
      Class<L> life,
      DiskSync disk,
      Failpoints failpoints) {
    this.kind = kind;
    this.records = new RecordFolder<>(root.resolve(folder), kind + ".json", record, VERSION);
    this.lives = new RecordFolder<>(state.resolve(folder), "life.json", life, VERSION);
    this.disk = disk;
    this.failpoints = failpoints;
  }

  /** Where more of a thing may lie that survives a reboot; gone with its record. */
  public Path lasting(String id) {
    return records.folder(id);
  }

  /** Where more of a thing may lie that does not survive a reboot; gone with its life. */
  public Path passing(String id) {
    return lives.folder(id);
  }

  /** The folder of all that do not survive a reboot. */
  public Path passing() {
    return lives.base();
  }

  /** Writes what is about to be made: its intent first. */
  public void add(String id, R record, L life) throws IOException {
    lives.saveFirst(id, life);
    failpoints.pass(kind + ".add.life");
    records.saveFirst(id, record);
    saved(id);
  }

  /** On the disk soon after it returns. */
  public void saveRecord(String id, R record) throws IOException {
    records.save(id, record);
    saved(id);
  }

  private void saved(String id) {
    disk.later(id, () -> records.sync(id));
    failpoints.pass(kind + ".record");
  }

  /**
   * @param phase names the failpoint behind it
   */
  public void saveLife(String id, L life, Enum<?> phase) throws IOException {
    lives.save(id, life);
    failpoints.pass(kind + ".life." + phase);
  }

  /** Forgets it. Once the record is gone, the rest is garbage to whoever starts next. */
  public void remove(String id) throws IOException {
    disk.forget(id);
    records.bury(id).ifPresent(disk::delete);
    failpoints.pass(kind + ".remove.record");
    lives.bury(id).ifPresent(disk::delete);
    failpoints.pass(kind + ".remove.life");
  }

  /**
   * What an earlier daemon left.
   *
   * @param lives may lack one of the records: it was lost by a reboot or a broken file
   * @param strays what has no record: lives, empty where they cannot be read either
   */
  public record Loaded<R, L>(
      Map<String, R> records, Map<String, L> lives, Map<String, Optional<L>> strays) {}

  public Loaded<R, L> load() throws IOException {
    records.buried().forEach(disk::delete);
    lives.buried().forEach(disk::delete);
    Map<String, R> known = records.loadAll();
    Map<String, L> living = new TreeMap<>();
    for (String id : known.keySet()) {
      Optional<L> life = lives.load(id);
      if (life.isPresent()) {
        living.put(id, life.get());
      }
    }
    Set<String> unknown = new TreeSet<>(lives.ids());
    unknown.addAll(records.ids());
    unknown.removeAll(known.keySet());
    Map<String, Optional<L>> strays = new TreeMap<>();
    for (String id : unknown) {
      strays.put(id, lives.load(id));
    }
    return new Loaded<>(known, living, strays);
  }

  /** Another record in the folder of the first, which survives a reboot with it. */
  public <M extends Record> RecordFolder<M> beside(String fileName, Class<M> type) {
    return new RecordFolder<>(records.base(), fileName, type, VERSION);
  }
}
