package io.sandjar.runtime.pod.node;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.pod.rules.Admission;
import io.sandjar.runtime.pod.schema.ObjectType;
import io.sandjar.runtime.pod.schema.Trees;
import io.sandjar.runtime.pod.store.Going;
import io.sandjar.runtime.pod.store.ObjectKey;
import io.sandjar.runtime.pod.store.ObjectStore;
import io.sandjar.runtime.pod.store.ObjectStore.Durability;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * Pods that are files in a folder: a file that comes is a pod that runs, as NAME-NODE; one that
 * changes is a new pod; one that goes ends it. A file that cannot be read, perhaps since it is
 * being written, changes nothing. Of two files that name the same pod the first one has it.
 */
final class StaticPods {
  private static final System.Logger LOG = System.getLogger(StaticPods.class.getName());
  private static final String SOURCE = "kubernetes.io/config.source";
  private static final String FILE = "sandjar.io/config.file";
  private static final String HASH = "kubernetes.io/config.hash";
  private static final String FILES = "*.{yaml,yml,json}";

  private final Path folder;
  private final String nodeName;
  private final ObjectType kind;
  private final Admission admission;
  private final ObjectStore store;
  private final Map<Path, Wanted> known = new HashMap<>();
  private final Map<Path, String> refused = new HashMap<>();

  private record Wanted(ObjectKey key, String hash, Map<String, Object> pod) {}

  StaticPods(
      Path folder, String nodeName, ObjectType kind, Admission admission, ObjectStore store) {
    this.folder = folder;
    this.nodeName = nodeName;
    this.kind = kind;
    this.admission = admission;
    this.store = store;
  }

  /** Brings the store in line with the folder. */
  synchronized void scan() throws IOException {
    Map<Path, String> files = read();
    known.keySet().retainAll(files.keySet());
    refused.keySet().retainAll(files.keySet());
    files.forEach((file, text) -> wanted(file, text).ifPresent(pod -> known.put(file, pod)));
    for (Wanted pod : known.values()) {
      make(pod);
    }
    for (Map<String, Object> pod : store.list("Pod", "").objects()) {
      ObjectKey key = ObjectKey.of(pod);
      boolean stays =
          known.values().stream().anyMatch(wanted -> wanted.key().equals(key)) || isUnread(pod);
      if (isStatic(pod) && !stays) {
        end(key, pod);
      }
    }
  }

  /** Whether an earlier daemon has made it of a file that is there, but could not be read yet. */
  private boolean isUnread(Map<String, Object> pod) {
    String of = annotation(pod, FILE);
    return refused.keySet().stream()
        .anyMatch(file -> file.toString().equals(of) && !known.containsKey(file));
  }

  private Map<Path, String> read() throws IOException {
    var files = new TreeMap<Path, String>();
    if (!Files.isDirectory(folder)) {
      return files;
    }
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, FILES)) {
      for (Path file : entries) {
        // Editors and deployers write beside and rename; what is hidden is not meant.
        if (!file.getFileName().toString().startsWith(".") && Files.isRegularFile(file)) {
          // What is not UTF-8 shows as such in the error that follows, and stops no other file.
          files.put(file, new String(Files.readAllBytes(file), StandardCharsets.UTF_8));
        }
      }
    }
    return files;
  }

  private Optional<Wanted> wanted(Path file, String text) {
    String hash = hash(file + "\n" + text);
    Wanted before = known.get(file);
    if (before != null && before.hash().equals(hash)) {
      return Optional.of(before);
    }
    try {
      Object tree = new Load(LoadSettings.builder().build()).loadFromString(text);
      if (!(tree instanceof Map<?, ?> map) || !"Pod".equals(map.get("kind"))) {
        return refuse(file, hash, "it is not a Pod");
      }
      Map<String, Object> written = Trees.copy(Trees.object(Map.of("pod", tree), "pod"));
      Map<String, Object> metadata = Trees.objectIn(written, "metadata");
      metadata.put("name", Trees.string(metadata, "name", "") + "-" + nodeName);
      metadata.putIfAbsent("namespace", "default");
      metadata.put("uid", hash.substring(0, 32));
      Map<String, Object> annotations = Trees.objectIn(metadata, "annotations");
      annotations.put(SOURCE, "file");
      annotations.put(FILE, file.toString());
      annotations.put(HASH, hash);
      Trees.objectIn(written, "spec").put("nodeName", nodeName);
      Admission.Admitted admitted = admission.admit(kind, written);
      if (!admitted.isRight()) {
        return refuse(file, hash, admitted.problems().toString());
      }
      ObjectKey key = ObjectKey.of(admitted.object());
      Optional<Path> first = fileOf(key).filter(other -> !other.equals(file));
      if (first.isPresent()) {
        return refuse(file, hash, key + " is the pod of " + first.get());
      }
      refused.remove(file);
      return Optional.of(new Wanted(key, hash, admitted.object()));
    } catch (ClassCastException | StackOverflowError e) {
      return refuse(file, hash, "a key in it is no text, or a part of it holds itself");
    } catch (RuntimeException e) {
      // Whatever it is about one file, the others are read.
      return refuse(file, hash, String.valueOf(e.getMessage()));
    }
  }

  private Optional<Path> fileOf(ObjectKey key) {
    return known.entrySet().stream()
        .filter(entry -> entry.getValue().key().equals(key))
        .map(Map.Entry::getKey)
        .findFirst();
  }

  /** Says once what is wrong with a file; the pod of its last good content goes on. */
  private Optional<Wanted> refuse(Path file, String hash, String why) {
    if (!hash.equals(refused.put(file, hash))) {
      LOG.log(Level.WARNING, "static pod {0} is left as it was: {1}", file, why);
    }
    return Optional.ofNullable(known.get(file));
  }

  private void make(Wanted wanted) {
    Optional<Map<String, Object>> present = store.find(wanted.key());
    if (present.isEmpty()) {
      Map<String, Object> pod = Trees.copy(wanted.pod());
      pod.put("status", new LinkedHashMap<>(Map.of("phase", "Pending")));
      store.create(pod, Durability.DAEMON);
    } else if (!isStatic(present.get())) {
      LOG.log(Level.DEBUG, "{0} is there already, and not by a file", wanted.key());
    } else if (!wanted.hash().equals(annotation(present.get(), HASH))) {
      // The old one ends first; the next scan makes the new one.
      end(wanted.key(), present.get());
    }
  }

  private void end(ObjectKey key, Map<String, Object> pod) {
    if (Going.isMarked(pod)) {
      return;
    }
    try {
      store.update(
          key,
          Durability.DAEMON,
          object -> {
            Going.mark(object, Going.graceSeconds(pod), Instant.now());
            return object;
          });
    } catch (EngineException e) {
      if (e.kind() != EngineException.Kind.NOT_FOUND) {
        throw e;
      }
    }
  }

  private static boolean isStatic(Map<String, Object> pod) {
    return "file".equals(annotation(pod, SOURCE));
  }

  private static String annotation(Map<String, Object> pod, String name) {
    return Trees.string(Trees.object(pod, "metadata", "annotations"), name, "");
  }

  private static String hash(String text) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
