package io.sandjar.runtime.container;

import io.sandjar.runtime.sandbox.SandboxName;
import io.sandjar.runtime.state.DiskSync;
import io.sandjar.runtime.state.Failpoints;
import io.sandjar.runtime.state.IdIndex;
import io.sandjar.runtime.state.NameIndex;
import io.sandjar.runtime.state.RecordFolder;
import io.sandjar.runtime.state.StateFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/** All containers, in memory and in their files; what it hands out is a picture of the moment. */
final class ContainerStore {
  private static final ContainerLife LOST =
      new ContainerLife(ContainerPhase.EXITED, "", Optional.empty(), Optional.empty());

  private final StateFiles<ContainerRecord, ContainerLife> files;
  private final RecordFolder<ContainerEnd> ends;
  private final Failpoints failpoints;
  private final IdIndex<Container> byId = new IdIndex<>();
  private final NameIndex names = new NameIndex();

  /** The ends that someone waits for. */
  private final ConcurrentHashMap<String, CompletableFuture<Void>> awaited =
      new ConcurrentHashMap<>();

  ContainerStore(Path root, Path state, DiskSync disk, Failpoints failpoints) {
    this.files =
        new StateFiles<>(
            root,
            state,
            "container",
            "containers",
            ContainerRecord.class,
            ContainerLife.class,
            disk,
            failpoints);
    this.ends = files.beside("end.json", ContainerEnd.class);
    this.failpoints = failpoints;
  }

  /** Where the monitor writes how the container ended. */
  Path exitFile(String id) {
    return files.passing(id).resolve("exit");
  }

  /** The folder of all exit files. */
  Path lives() {
    return files.passing();
  }

  /** Takes the container's name; the id that has it already, if one has. */
  Optional<String> reserveName(ContainerName name, SandboxName pod, String id) {
    return names.reserve(name.unique(pod), id);
  }

  void releaseName(ContainerName name, SandboxName pod, String id) {
    names.release(name.unique(pod), id);
  }

  /** Writes a container that is about to be made: its intent first. */
  void add(Container container) throws IOException {
    // Known before it is written: what is written in part is removed like the rest.
    byId.put(container.id(), container);
    files.add(container.id(), container.record(), container.life());
  }

  Container save(Container container) throws IOException {
    files.saveLife(container.id(), container.life(), container.phase());
    byId.put(container.id(), container);
    if (!container.mayRun()) {
      tellEnded(container.id());
    }
    return container;
  }

  Container saveRecord(Container container) throws IOException {
    files.saveRecord(container.id(), container.record());
    byId.put(container.id(), container);
    return container;
  }

  /**
   * Writes how it ended, before anyone is told: what was told once must be true after a power cut.
   * One that was made within the last second may be forgotten wholly by it, with its record.
   */
  Container saveEnd(Container ended) throws IOException {
    ends.saveDurably(ended.id(), ended.end().orElseThrow());
    failpoints.pass("container.end");
    return save(ended);
  }

  /** Done when it is not on record as one that may run, whoever has found that out. */
  CompletableFuture<Void> ended(String idOrPrefix) {
    Optional<Container> found = find(idOrPrefix).filter(Container::mayRun);
    if (found.isEmpty()) {
      return CompletableFuture.completedFuture(null);
    }
    String id = found.get().id();
    CompletableFuture<Void> end = awaited.computeIfAbsent(id, any -> new CompletableFuture<>());
    // Looked at again, or it could have ended in between and be waited for in vain.
    if (exactly(id).filter(Container::mayRun).isEmpty()) {
      tellEnded(id);
    }
    return end.copy();
  }

  private void tellEnded(String id) {
    CompletableFuture<Void> end = awaited.remove(id);
    if (end != null) {
      end.complete(null);
    }
  }

  /** Forgets it, with its files and its name. */
  void remove(Container container) throws IOException {
    files.remove(container.id());
    byId.remove(container.id());
    releaseName(container.spec().name(), container.record().pod(), container.id());
  }

  Optional<Container> find(String idOrPrefix) {
    return byId.find(idOrPrefix);
  }

  Optional<Container> exactly(String id) {
    return byId.exactly(id);
  }

  Collection<Container> all() {
    return byId.all();
  }

  /**
   * Reads the files of an earlier daemon. One whose life is lost, by a reboot or a broken file, is
   * one that has ended.
   *
   * @return what no container owns, by id: how far it was, if that can be read
   */
  Map<String, Optional<ContainerLife>> load() throws IOException {
    var loaded = files.load();
    for (ContainerRecord record : loaded.records().values()) {
      ContainerLife life = loaded.lives().getOrDefault(record.id(), LOST);
      byId.put(record.id(), new Container(record, life, ends.load(record.id())));
      names.reserve(record.spec().name().unique(record.pod()), record.id());
    }
    return loaded.strays();
  }

  void removeStray(String id) throws IOException {
    files.remove(id);
  }
}
