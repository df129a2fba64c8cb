package io.sandjar.runtime.api.resource;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sandjar.runtime.api.ApiException;
import io.sandjar.runtime.pod.schema.ObjectType;
import io.sandjar.runtime.pod.schema.Trees;
import io.sandjar.runtime.pod.store.Change;
import io.sandjar.runtime.pod.store.ObjectStore;
import io.sandjar.runtime.pod.store.ObjectStore.FollowedListing;
import io.sandjar.runtime.pod.store.ObjectStore.Listing;
import io.sandjar.runtime.pod.store.Watch;
import java.io.IOException;
import java.io.OutputStream;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** Writes a watch as the API machinery does: one JSON object a change, until time is up. */
final class WatchStream implements AutoCloseable {
  private static final long BOOKMARK_EVERY_MILLIS = 60_000;
  private static final long LONGEST_MILLIS = 30 * 60_000;

  private final ObjectStore store;
  private final ListOptions options;
  private final Representation representation;
  private Listing initial;
  private final Optional<Watch> watch;

  private WatchStream(
      ObjectStore store,
      ListOptions options,
      Representation representation,
      Listing initial,
      Optional<Watch> watch) {
    this.store = store;
    this.options = options;
    this.representation = representation;
    this.initial = initial;
    this.watch = watch;
  }

  /** Subscribes at once, so that nothing is missed between the request and its first byte. */
  static WatchStream open(
      ObjectType kind, ObjectStore store, ListOptions options, Representation representation) {
    long since = options.version();
    Predicate<Change> concerns =
        change ->
            change.key().kind().equals(kind.name())
                && (options.selects(change.object())
                    || change.before().map(options::selects).orElse(false));
    if (options.initialEvents().orElse(since == 0)) {
      FollowedListing now = store.follow(kind.name(), options.namespace(), concerns);
      if (since > now.listing().version()) {
        now.watch().close();
        throw Failures.tooLarge(since, now.listing().version());
      }
      return new WatchStream(
          store, options, representation, now.listing(), Optional.of(now.watch()));
    }
    Optional<Watch> watch =
        since == 0 ? Optional.of(store.watch(concerns)) : store.watchSince(since, concerns);
    return new WatchStream(store, options, representation, new Listing(List.of(), since), watch);
  }

  void write(OutputStream out) throws IOException, InterruptedException {
    long end = now() + options.timeoutSeconds().map(WatchStream::millis).orElse(LONGEST_MILLIS);
    // The head of the answer tells the client that the watch stands.
    out.flush();
    if (watch.isEmpty()) {
      // As upstream: told in the stream, not by the answer's own status.
      expired(out, options.version());
      return;
    }
    for (Map<String, Object> object : initial.objects()) {
      if (options.selects(object)) {
        line(out, "ADDED", representation.one(object));
      }
    }
    // A watch may stand for long, and need not hold on to what has changed since.
    initial = new Listing(List.of(), initial.version());
    if (options.initialEvents().orElse(false)) {
      bookmark(out, initial.version(), Map.of("k8s.io/initial-events-end", "true"));
    }
    write(out, watch.get(), end);
  }

  private void write(OutputStream out, Watch changes, long end)
      throws IOException, InterruptedException {
    while (!changes.isClosed()) {
      long left = Math.max(0, end - now());
      Optional<Change> change = changes.next(Math.min(left, BOOKMARK_EVERY_MILLIS));
      // What comes up to this version is in the queue by now, so that nothing is lost to a client
      // that goes on from the bookmark.
      long version = store.version();
      if (change.isEmpty()) {
        change = changes.next(0);
      }
      if (change.isPresent()) {
        event(out, change.get());
      } else if (changes.isOverrun()) {
        expired(out, initial.version());
        return;
      } else if (options.bookmarks() && !changes.isClosed()) {
        bookmark(out, version, Map.of());
      }
      if (now() >= end) {
        return;
      }
    }
  }

  /** Of however many seconds: nobody waits for a number that overflows. */
  private static long millis(long seconds) {
    return Math.min(seconds, Integer.MAX_VALUE) * 1000;
  }

  private static long now() {
    return System.nanoTime() / 1_000_000;
  }

  private void event(OutputStream out, Change change) throws IOException {
    boolean is = change.type() != Change.Type.DELETED && options.selects(change.object());
    boolean was = change.before().map(options::selects).orElse(false);
    // An object that begins or ceases to match comes and goes, as far as this client is concerned.
    if (is) {
      line(out, was ? "MODIFIED" : "ADDED", representation.one(change.object()));
    } else {
      // It is shown as it was when it still matched.
      Map<String, Object> last = Trees.copy(change.before().orElse(change.object()));
      Trees.objectIn(last, "metadata").put("resourceVersion", Long.toString(change.version()));
      line(out, "DELETED", representation.one(last));
    }
  }

  private void bookmark(OutputStream out, long version, Map<String, Object> annotations)
      throws IOException {
    var metadata = new LinkedHashMap<String, Object>();
    metadata.put("resourceVersion", Long.toString(version));
    metadata.put("creationTimestamp", null);
    if (!annotations.isEmpty()) {
      metadata.put("annotations", annotations);
    }
    line(out, "BOOKMARK", representation.bookmark(metadata));
  }

  private void expired(OutputStream out, long version) throws IOException {
    ApiException expired = Failures.expired(version, store.version());
    line(out, "ERROR", expired.status().toTree());
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

  @Override
  public void close() {
    watch.ifPresent(Watch::close);
  }
}
