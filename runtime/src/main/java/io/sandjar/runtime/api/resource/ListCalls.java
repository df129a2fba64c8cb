package io.sandjar.runtime.api.resource;

import io.sandjar.runtime.api.Request;
import io.sandjar.runtime.api.Response;
import io.sandjar.runtime.pod.schema.ObjectType;
import io.sandjar.runtime.pod.store.ObjectStore;
import io.sandjar.runtime.pod.store.ObjectStore.Listing;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Lists one kind, page by page where that is wanted, and watches it. */
final class ListCalls {
  private final ObjectType kind;
  private final ObjectStore store;
  private final InstantSource clock;

  ListCalls(ObjectType kind, ObjectStore store, InstantSource clock) {
    this.kind = kind;
    this.store = store;
    this.clock = clock;
  }

  Response list(Request request) {
    ListOptions options = ListOptions.of(kind, ResourceCalls.namespace(kind, request), request);
    Representation form = Representation.wanted(kind, request, clock);
    if (request.flag("watch")) {
      WatchStream stream = WatchStream.open(kind, store, options, form);
      request.onDisconnect(stream::close);
      return Response.stream(
          "application/json",
          out -> {
            try (stream) {
              stream.write(out);
            }
          });
    }
    return Response.json(page(form, options, listing(options)));
  }

  /** The objects at the version that the options mean. */
  private Listing listing(ListOptions options) {
    Listing newest = store.list(kind.name(), options.namespace());
    long version =
        options
            .continueToken()
            .map(ContinueToken::version)
            .orElse(options.exactly() ? options.version() : ContinueToken.LATEST);
    long wanted = Math.max(version, options.version());
    if (wanted > newest.version()) {
      throw Failures.tooLarge(wanted, newest.version());
    }
    if (version == ContinueToken.LATEST || version == newest.version()) {
      return newest;
    }
    return store
        .listAt(kind.name(), options.namespace(), version)
        .orElseThrow(
            () ->
                options
                    .continueToken()
                    .map(
                        token ->
                            Failures.expiredPage(
                                new ContinueToken(ContinueToken.LATEST, token.last())))
                    .orElseGet(() -> Failures.expired(version, newest.version())));
  }

  private static Map<String, Object> page(
      Representation form, ListOptions options, Listing listing) {
    List<Map<String, Object>> selected =
        listing.objects().stream()
            .filter(options::selects)
            .filter(object -> options.continueToken().map(t -> t.isBefore(object)).orElse(true))
            .toList();
    var metadata = new LinkedHashMap<String, Object>();
    metadata.put("resourceVersion", Long.toString(listing.version()));
    if (options.limit() > 0 && selected.size() > options.limit()) {
      List<Map<String, Object>> page = selected.subList(0, options.limit());
      metadata.put(
          "continue", ContinueToken.after(listing.version(), page.get(page.size() - 1)).encode());
      if (!options.selective()) {
        // Upstream does not know it of a selection, so clients do not count on it there.
        metadata.put("remainingItemCount", (long) selected.size() - page.size());
      }
      selected = page;
    }
    return form.list(selected, metadata);
  }
}
