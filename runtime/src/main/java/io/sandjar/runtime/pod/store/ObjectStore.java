package io.sandjar.runtime.pod.store;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.EngineException.Kind;
import io.sandjar.runtime.pod.schema.Trees;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/**
 * The objects of the node, in memory and in files: created, changed and deleted one at a time, each
 * change with a version of its own that watches and conflicting writers see. Trees that it gives
 * out are shared: who changes one, copies it first.
 */
public final class ObjectStore implements AutoCloseable {
  private static final int REMEMBERED_CHANGES = 8192;
  private static final long REMEMBERED_BYTES = 16 * 1024 * 1024;
  private static final long REVISION_BLOCK = 10_000;

  private final ObjectFiles files;
  private final InstantSource clock;
  private final Map<String, TreeMap<String, Map<String, Object>>> kinds = new TreeMap<>();
  private final ArrayDeque<Change> history = new ArrayDeque<>();
  private final List<Watch> watches = new CopyOnWriteArrayList<>();
  private long historyBytes;
  private long revision;
  private long reservedRevision;
  private long forgottenRevision;

  public ObjectStore(Path folder, InstantSource clock) throws IOException {
    this.files = new ObjectFiles(folder);
    this.clock = clock;
    revision = files.readRevision();
    for (Map<String, Object> object : files.readAll()) {
      put(ObjectKey.of(object), object);
      revision = Math.max(revision, version(object));
    }
    reservedRevision = revision;
    forgottenRevision = revision;
  }

  /** How durable a write must be before it returns. */
  public enum Durability {
    /** Survives the daemon's death: what the node itself finds out. */
    DAEMON,
    /** Survives a power cut: what a person asked for. */
    POWER_CUT
  }

  /** A list and the version that it is of. */
  public record Listing(List<Map<String, Object>> objects, long version) {}

  /** A list with the changes that come after it. */
  public record FollowedListing(Listing listing, Watch watch) {}

  public synchronized long version() {
    return revision;
  }

  public synchronized Optional<Map<String, Object>> find(ObjectKey key) {
    return Optional.ofNullable(ofKind(key.kind()).get(place(key)));
  }

  public Map<String, Object> get(ObjectKey key) {
    return find(key).orElseThrow(() -> missing(key));
  }

  /** The objects of a kind by namespace and name; an empty namespace means all. */
  public synchronized Listing list(String kind, String namespace) {
    return new Listing(inNamespace(ofKind(kind), namespace), revision);
  }

  /**
   * The objects of a kind as they were at an earlier version.
   *
   * @return empty when the version is too old: the changes since are forgotten
   */
  public synchronized Optional<Listing> listAt(String kind, String namespace, long version) {
    if (version < forgottenRevision) {
      return Optional.empty();
    }
    var then = new TreeMap<>(ofKind(kind));
    var newestFirst = history.descendingIterator();
    while (newestFirst.hasNext()) {
      Change change = newestFirst.next();
      if (change.version() <= version) {
        break;
      }
      if (change.key().kind().equals(kind)) {
        String place = place(change.key());
        change.before().ifPresentOrElse(was -> then.put(place, was), () -> then.remove(place));
      }
    }
    return Optional.of(new Listing(inNamespace(then, namespace), version));
  }

  private static List<Map<String, Object>> inNamespace(
      TreeMap<String, Map<String, Object>> all, String namespace) {
    return List.copyOf(
        (namespace.isEmpty() ? all : all.subMap(namespace + "/", namespace + "0")).values());
  }

  /** Stores a new object, giving it uid, version and time of creation. */
  public Map<String, Object> create(Map<String, Object> object, Durability durability) {
    ObjectKey key = ObjectKey.of(object);
    Map<String, Object> created = Trees.copy(object);
    synchronized (this) {
      if (find(key).isPresent()) {
        throw new EngineException(
            Kind.ALREADY_EXISTS, key.kind() + " \"" + key.name() + "\" already exists");
      }
      Map<String, Object> metadata = Trees.objectIn(created, "metadata");
      metadata.putIfAbsent("uid", UUID.randomUUID().toString());
      metadata.putIfAbsent("creationTimestamp", now().toString());
      metadata.put("generation", 1L);
      created = store(Change.Type.ADDED, key, created, Optional.empty());
    }
    sync(key, durability);
    return created;
  }

  /**
   * Replaces an object by what {@code change} makes of a copy of it. Where that changes nothing,
   * nothing is written and no watch is told.
   */
  public Map<String, Object> update(
      ObjectKey key, Durability durability, UnaryOperator<Map<String, Object>> change) {
    Map<String, Object> after;
    synchronized (this) {
      Map<String, Object> before = get(key);
      after = change.apply(Trees.copy(before));
      if (after.equals(before)) {
        return before;
      }
      Map<String, Object> metadata = Trees.objectIn(after, "metadata");
      if (!Objects.equals(before.get("spec"), after.get("spec"))) {
        long generation = Trees.number(Trees.object(before, "metadata"), "generation").orElse(0L);
        metadata.put("generation", generation + 1);
      }
      after = store(Change.Type.MODIFIED, key, after, Optional.of(before));
    }
    sync(key, durability);
    return after;
  }

  /** Removes an object; the last state, with the version of its removal. */
  public Map<String, Object> delete(ObjectKey key, Durability durability) {
    return delete(key, durability, object -> {});
  }

  /**
   * Removes an object unless {@code check} throws; nothing changes the object between the two.
   *
   * @return the last state, with the version of its removal
   */
  public Map<String, Object> delete(
      ObjectKey key, Durability durability, Consumer<Map<String, Object>> check) {
    Map<String, Object> last;
    synchronized (this) {
      Map<String, Object> before = get(key);
      check.accept(before);
      last = Trees.copy(before);
      stamp(last);
      long bytes;
      try {
        bytes = files.delete(key);
      } catch (IOException e) {
        throw failed("delete", key, e);
      }
      ofKind(key.kind()).remove(place(key));
      last = shared(before, last);
      tell(new Change(Change.Type.DELETED, key, revision, last, Optional.of(before), bytes));
    }
    sync(key, durability);
    return last;
  }

  /** Changes from now on. */
  public synchronized Watch watch(Predicate<Change> wanted) {
    var watch = new Watch(wanted, watches::remove);
    watches.add(watch);
    return watch;
  }

  /**
   * Changes after a version that a list or an earlier watch gave.
   *
   * @return empty when the version is too old: the changes since are forgotten
   */
  public synchronized Optional<Watch> watchSince(long version, Predicate<Change> wanted) {
    if (version < forgottenRevision) {
      return Optional.empty();
    }
    Watch watch = watch(change -> change.version() > version && wanted.test(change));
    history.forEach(watch::offer);
    return Optional.of(watch);
  }

  /** A list, and a watch of what changes after it. */
  public synchronized FollowedListing follow(
      String kind, String namespace, Predicate<Change> wanted) {
    return new FollowedListing(list(kind, namespace), watch(wanted));
  }

  /** Ends all watches. */
  @Override
  public void close() {
    watches.forEach(Watch::close);
  }

  public static EngineException missing(ObjectKey key) {
    return new EngineException(Kind.NOT_FOUND, key.kind() + " \"" + key.name() + "\" not found");
  }

  /** The version that an object carries. */
  public static long version(Map<String, Object> object) {
    String version = Trees.string(Trees.object(object, "metadata"), "resourceVersion", "0");
    return version.matches("\\d{1,18}") ? Long.parseLong(version) : 0;
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.SECONDS);
  }

  private Map<String, Object> store(
      Change.Type type,
      ObjectKey key,
      Map<String, Object> written,
      Optional<Map<String, Object>> before) {
    stamp(written);
    Map<String, Object> object = before.map(was -> shared(was, written)).orElse(written);
    long bytes;
    try {
      bytes = files.write(key, object);
    } catch (IOException e) {
      throw failed("write", key, e);
    }
    put(key, object);
    tell(new Change(type, key, revision, object, before, bytes));
    return object;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> shared(Map<String, Object> before, Map<String, Object> after) {
    return (Map<String, Object>) sharing(before, after);
  }

  /** Two versions that are remembered both shall need the memory of what differs only. */
  private static Object sharing(Object before, Object after) {
    if (Objects.equals(before, after)) {
      return before;
    }
    if (before instanceof Map<?, ?> was && after instanceof Map<?, ?> is) {
      var map = new LinkedHashMap<Object, Object>();
      is.forEach((key, value) -> map.put(key, sharing(was.get(key), value)));
      return map;
    }
    if (before instanceof List<?> was && after instanceof List<?> is && was.size() == is.size()) {
      var list = new ArrayList<Object>(is.size());
      for (int i = 0; i < is.size(); i++) {
        list.add(sharing(was.get(i), is.get(i)));
      }
      return list;
    }
    return after;
  }

  private void stamp(Map<String, Object> object) {
    if (revision == reservedRevision) {
      try {
        files.writeRevision(revision + REVISION_BLOCK);
      } catch (IOException e) {
        throw new EngineException(Kind.INTERNAL, "reserve versions for objects: " + e, e);
      }
      reservedRevision = revision + REVISION_BLOCK;
    }
    revision++;
    Trees.objectIn(object, "metadata").put("resourceVersion", Long.toString(revision));
  }

  private void tell(Change change) {
    history.add(change);
    historyBytes += change.bytes();
    while (history.size() > REMEMBERED_CHANGES
        || historyBytes > REMEMBERED_BYTES && history.size() > 1) {
      Change forgotten = history.remove();
      historyBytes -= forgotten.bytes();
      forgottenRevision = forgotten.version();
    }
    watches.forEach(watch -> watch.offer(change));
  }

  /** Outside the lock: an fsync takes its time, and pods are started meanwhile. */
  private void sync(ObjectKey key, Durability durability) {
    if (durability == Durability.POWER_CUT) {
      try {
        files.sync(key);
      } catch (IOException e) {
        throw failed("bring to the disk", key, e);
      }
    }
  }

  private static EngineException failed(String tried, ObjectKey key, IOException why) {
    return new EngineException(Kind.INTERNAL, tried + " " + key + ": " + why, why);
  }

  private void put(ObjectKey key, Map<String, Object> object) {
    ofKind(key.kind()).put(place(key), object);
  }

  private TreeMap<String, Map<String, Object>> ofKind(String kind) {
    return kinds.computeIfAbsent(kind, missing -> new TreeMap<>());
  }

  private static String place(ObjectKey key) {
    return key.namespace() + "/" + key.name();
  }
}
