package io.sandjar.runtime.container;

import io.sandjar.runtime.sandbox.SandboxName;
import io.sandjar.runtime.state.BootId;
import io.sandjar.runtime.state.Failpoints;
import io.sandjar.runtime.state.IdIndex;
import io.sandjar.runtime.state.NameIndex;
import io.sandjar.runtime.state.RecordFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Optional;
import java.util.TreeSet;

/** All containers, in memory and in their files; what it hands out is a picture of the moment. */
final class ContainerStore {
  private static final int VERSION = 1;
  private static final String FOLDER = "containers";

  private final RecordFolder<ContainerRecord> records;
  private final RecordFolder<ContainerLife> lives;
  private final RecordFolder<ContainerEnd> ends;
  private final Failpoints failpoints;
  private final IdIndex<Container> byId = new IdIndex<>();
  private final NameIndex names = new NameIndex();

  ContainerStore(Path root, Path state, Failpoints failpoints) {
    Path lasting = root.resolve(FOLDER);
    this.records = new RecordFolder<>(lasting, "container.json", ContainerRecord.class, VERSION);
    this.ends = new RecordFolder<>(lasting, "end.json", ContainerEnd.class, VERSION);
    this.lives =
        new RecordFolder<>(state.resolve(FOLDER), "life.json", ContainerLife.class, VERSION);
    this.failpoints = failpoints;
  }

  /** Where the monitor writes how the container ended. */
  Path exitFile(String id) {
    return lives.folder(id).resolve("exit");
  }

  Optional<String> reserveName(ContainerName name, SandboxName pod, String id) {
    return names.reserve(name.unique(pod), id);
  }

  void releaseName(ContainerName name, SandboxName pod, String id) {
    names.release(name.unique(pod), id);
  }

  /** Writes a container that is about to be made: its intent first. */
  void add(Container container) throws IOException {
    lives.save(container.id(), container.life());
    failpoints.pass("container.add.life");
    records.save(container.id(), container.record());
    byId.put(container.id(), container);
    failpoints.pass("container.add.record");
  }

  Container save(Container container) throws IOException {
    lives.save(container.id(), container.life());
    byId.put(container.id(), container);
    failpoints.pass("container.life." + container.phase());
    return container;
  }

  Container saveRecord(Container container) throws IOException {
    records.save(container.id(), container.record());
    byId.put(container.id(), container);
    return container;
  }

  /** Writes how it ended, before anyone is told. */
  Container saveEnd(Container ended) throws IOException {
    ends.save(ended.id(), ended.end().orElseThrow());
    failpoints.pass("container.end");
    return save(ended);
  }

  /** Forgets it, with its files and its name. */
  void remove(Container container) throws IOException {
    records.delete(container.id());
    failpoints.pass("container.remove.record");
    lives.delete(container.id());
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
   * @return the ids of folders that no container owns
   */
  Collection<String> load(BootId boot) throws IOException {
    var loaded = records.loadAll();
    for (ContainerRecord record : loaded.values()) {
      ContainerLife life =
          lives
              .load(record.id())
              .orElse(
                  new ContainerLife(ContainerPhase.EXITED, "", Optional.empty(), Optional.empty()));
      byId.put(record.id(), new Container(record, life, ends.load(record.id())));
      names.reserve(record.spec().name().unique(record.pod()), record.id());
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

  /** Where a life's files are: made before a monitor is told to write there. */
  void makeFolder(String id) throws IOException {
    Files.createDirectories(lives.folder(id));
  }
}
