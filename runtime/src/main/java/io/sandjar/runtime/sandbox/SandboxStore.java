package io.sandjar.runtime.sandbox;

import io.sandjar.runtime.state.BootId;
import io.sandjar.runtime.state.Failpoints;
import io.sandjar.runtime.state.IdIndex;
import io.sandjar.runtime.state.NameIndex;
import io.sandjar.runtime.state.RecordFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/** All sandboxes, in memory and in their files; what it hands out is a picture of the moment. */
final class SandboxStore {
  private static final int VERSION = 1;

  private final RecordFolder<SandboxRecord> records;
  private final RecordFolder<SandboxLife> lives;
  private final Failpoints failpoints;
  private final IdIndex<Sandbox> byId = new IdIndex<>();
  private final NameIndex names = new NameIndex();

  SandboxStore(Path root, Path state, Failpoints failpoints) {
    this.records =
        new RecordFolder<>(root.resolve("sandboxes"), "sandbox.json", SandboxRecord.class, VERSION);
    this.lives =
        new RecordFolder<>(state.resolve("sandboxes"), "life.json", SandboxLife.class, VERSION);
    this.failpoints = failpoints;
  }

  Path folder(String id) {
    return lives.folder(id);
  }

  /** Takes the sandbox's name; the id that has it already, if one has. */
  Optional<String> reserveName(SandboxName name, String id) {
    return names.reserve(name.unique(), id);
  }

  void releaseName(SandboxName name, String id) {
    names.release(name.unique(), id);
  }

  /** Writes a sandbox that is about to be made: its intent first. */
  void add(Sandbox sandbox) throws IOException {
    lives.save(sandbox.id(), sandbox.life());
    failpoints.pass("sandbox.add.life");
    records.save(sandbox.id(), sandbox.record());
    byId.put(sandbox.id(), sandbox);
    failpoints.pass("sandbox.add.record");
  }

  Sandbox save(Sandbox sandbox) throws IOException {
    lives.save(sandbox.id(), sandbox.life());
    byId.put(sandbox.id(), sandbox);
    failpoints.pass("sandbox.life." + sandbox.life().phase());
    return sandbox;
  }

  Sandbox saveRecord(Sandbox sandbox) throws IOException {
    records.save(sandbox.id(), sandbox.record());
    byId.put(sandbox.id(), sandbox);
    return sandbox;
  }

  /** Forgets it, with its files and its name. */
  void remove(Sandbox sandbox) throws IOException {
    records.delete(sandbox.id());
    failpoints.pass("sandbox.remove.record");
    lives.delete(sandbox.id());
    byId.remove(sandbox.id());
    releaseName(sandbox.spec().name(), sandbox.id());
  }

  Optional<Sandbox> find(String idOrPrefix) {
    return byId.find(idOrPrefix);
  }

  Optional<Sandbox> exactly(String id) {
    return byId.exactly(id);
  }

  Collection<Sandbox> all() {
    return byId.all();
  }

  /**
   * Reads the files of an earlier daemon. One whose life is lost, by a reboot or a broken file, is
   * there again as stopped.
   *
   * @return the ids of folders that no sandbox owns
   */
  Collection<String> load(BootId boot) throws IOException {
    Map<String, SandboxRecord> loaded = records.loadAll();
    for (SandboxRecord record : loaded.values()) {
      SandboxLife life =
          lives
              .load(record.id())
              .orElse(new SandboxLife(SandboxPhase.STOPPED, "", Optional.empty(), Map.of()));
      byId.put(record.id(), new Sandbox(record, life, folder(record.id())));
      names.reserve(record.spec().name().unique(), record.id());
    }
    Collection<String> strays = new TreeSet<>(lives.ids());
    strays.addAll(records.ids());
    strays.removeAll(loaded.keySet());
    return strays;
  }

  void removeStray(String id) throws IOException {
    records.delete(id);
    lives.delete(id);
  }
}
