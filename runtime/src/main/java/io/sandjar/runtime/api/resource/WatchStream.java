package io.sandjar.runtime.api.resource;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sandjar.runtime.api.ApiException;
import io.sandjar.runtime.pod.schema.ObjectType;
import io.sandjar.runtime.pod.schema.Trees;
import io.sandjar.runtime.pod.store.Change;
import io.sandjar.runtime.pod.store.ObjectStore;
import io.sandjar.runtime.pod.store.Watch;
import java.io.IOException;
import java.io.OutputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Writes a watch as the API machinery does: one JSON object a change, until time is up. */
final class WatchStream {
  private static final long BOOKMARK_EVERY_MILLIS = 60_000;
  private static final long LONGEST_MILLIS = 30 * 60_000;

  private final ObjectType kind;
  private final ObjectStore store;
  private final ListOptions options;
  private final Representation representation;

  WatchStream(
      ObjectType kind, ObjectStore store, ListOptions options, Representation representation) {
    this.kind = kind;
    this.store = store;
    this.options = options;
    this.representation = representation;
  }

  /** Subscribes at once, so that nothing is missed between the request and its first byte. */
  Watch open() {
    String version = options.resourceVersion().orElse("");
    if (options.initialEvents() || version.isEmpty() || version.equals("0")) {
      return store.watchFromList(kind.name(), this::concerns);
    }
    if (!version.matches("\\d{1,18}")) {
      throw Failures.badRequest("resourceVersion=" + version + " is not a version of this server");
    }
    long since = Long.parseLong(version);
    return store.watchSince(since, this::concerns).orElseThrow(() -> Failures.expired(since));
  }

  void write(Watch watch, OutputStream out) throws IOException, InterruptedException {
    long end =
        System.nanoTime() / 1_000_000
            + options.timeoutSeconds().map(seconds -> seconds * 1000).orElse(LONGEST_MILLIS);
    // The head of the answer tells the client that the watch stands.
    out.flush();
    if (options.initialEvents()) {
      for (Optional<Change> change = watch.next(1); change.isPresent(); change = watch.next(1)) {
        event(out, change.get());
      }
      bookmark(out, Map.of("k8s.io/initial-events-end", "true"));
    }
    while (!watch.isClosed()) {
      long left = end - System.nanoTime() / 1_000_000;
      if (left <= 0) {
        return;
      }
      Optional<Change> change = watch.next(Math.min(left, BOOKMARK_EVERY_MILLIS));
      if (change.isPresent()) {
        event(out, change.get());
      } else if (watch.isOverrun()) {
        ApiException expired = Failures.expired(store.version());
        line(out, "ERROR", expired.status().toTree());
        return;
      } else if (options.bookmarks()) {
        bookmark(out, Map.of());
      }
    }
  }

  private boolean concerns(Change change) {
    return change.key().kind().equals(kind.name())
        && (options.selects(change.object())
            || change.before().map(options::selects).orElse(false));
  }

  private void event(OutputStream out, Change change) throws IOException {
    boolean is = change.type() != Change.Type.DELETED && options.selects(change.object());
    boolean was = change.before().map(options::selects).orElse(false);
    // An object that begins or ceases to match comes and goes, as far as this client is concerned.
    String type = !is ? "DELETED" : was ? "MODIFIED" : "ADDED";
    line(out, type, representation.one(change.object()));
  }

  private void bookmark(OutputStream out, Map<String, Object> annotations) throws IOException {
    var metadata = new LinkedHashMap<String, Object>();
    metadata.put("resourceVersion", Long.toString(store.version()));
    metadata.put("creationTimestamp", null);
    if (!annotations.isEmpty()) {
      metadata.put("annotations", annotations);
    }
    var object = new LinkedHashMap<String, Object>();
    object.put("kind", kind.name());
    object.put("apiVersion", "v1");
    object.put("metadata", metadata);
    line(out, "BOOKMARK", Trees.copy(object));
  }

  private static void line(OutputStream out, String type, Map<String, Object> object)
      throws IOException {
    var event = new LinkedHashMap<String, Object>();
    event.put("type", type);
    event.put("object", object);
    out.write(JSON.std.asBytes(event));
    out.write('\n');
    out.flush();
  }
}
