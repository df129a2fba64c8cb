package io.sandjar.runtime.sandbox;

import io.sandjar.runtime.state.DiskSync;
import io.sandjar.runtime.state.Failpoints;
import io.sandjar.runtime.state.IdIndex;
import io.sandjar.runtime.state.NameIndex;
import io.sandjar.runtime.state.StateFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;

/** All sandboxes, in memory and in their files; what it hands out is a picture of the moment. */
final class SandboxStore {
  private static final SandboxLife LOST =
      new SandboxLife(SandboxPhase.STOPPED, "", Optional.empty(), Map.of());

  private final StateFiles<SandboxRecord, SandboxLife> files;
  private final IdIndex<Sandbox> byId = new IdIndex<>();
  private final NameIndex names = new NameIndex();

  SandboxStore(Path root, Path state, DiskSync disk, Failpoints failpoints) {
    this.files =
        new StateFiles<>(
            root,
            state,
            "sandbox",
            "sandboxes",
            SandboxRecord.class,
            SandboxLife.class,
            disk,
            failpoints);
  }

  /** Those that the containers of the sandbox share. */
  SandboxFiles filesOf(String id) {
    return new SandboxFiles(files.lasting(id), files.passing(id));
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
    // Known before it is written: what is written in part is removed like the rest.
    byId.put(sandbox.id(), sandbox);
    files.add(sandbox.id(), sandbox.record(), sandbox.life());
  }

  Sandbox save(Sandbox sandbox) throws IOException {
    files.saveLife(sandbox.id(), sandbox.life(), sandbox.life().phase());
    byId.put(sandbox.id(), sandbox);
    return sandbox;
  }

  Sandbox saveRecord(Sandbox sandbox) throws IOException {
    files.saveRecord(sandbox.id(), sandbox.record());
    byId.put(sandbox.id(), sandbox);
    return sandbox;
  }

  /** Forgets it, with its files and its name. */
  void remove(Sandbox sandbox) throws IOException {
    files.remove(sandbox.id());
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
   * @return what no sandbox owns, by id: how far it was, if that can be read
   */
  Map<String, Optional<SandboxLife>> load() throws IOException {
    var loaded = files.load();
    for (SandboxRecord record : loaded.records().values()) {
      SandboxLife life = loaded.lives().getOrDefault(record.id(), LOST);
      byId.put(record.id(), new Sandbox(record, life, filesOf(record.id())));
      names.reserve(record.spec().name().unique(), record.id());
    }
    return loaded.strays();
  }

  void removeStray(String id) throws IOException {
    files.remove(id);
  }
}
