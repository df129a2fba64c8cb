package io.sandjar.runtime.api.resource;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sandjar.runtime.pod.schema.Trees;
import io.sandjar.runtime.pod.store.ObjectKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Where the next page of a list begins.
 *
 * @param version of the list, whose pages all show the same moment; {@link #LATEST} for what is
 *     there when the page is asked for
 * @param last the place of the last object that was shown
 */
record ContinueToken(long version, String last) {
  static final long LATEST = -1;

  private static final String FORMAT = "meta.k8s.io/v1";

  static ContinueToken after(long version, Map<String, Object> object) {
    return new ContinueToken(version, place(object));
  }

  /** Whether an object belongs to the pages that are still to come. */
  boolean isBefore(Map<String, Object> object) {
    return place(object).compareTo(last) > 0;
  }

  private static String place(Map<String, Object> object) {
    ObjectKey key = ObjectKey.of(object);
    return key.namespace() + "/" + key.name();
  }

  String encode() {
    var tree = new LinkedHashMap<String, Object>();
    tree.put("v", FORMAT);
    tree.put("rv", version);
    tree.put("start", last);
    try {
      return Base64.getUrlEncoder().withoutPadding().encodeToString(JSON.std.asBytes(tree));
    } catch (IOException e) {
      throw new UncheckedIOException("write the token of the next page", e);
    }
  }

  static ContinueToken decode(String token) {
    try {
      Map<String, Object> tree = JSON.std.mapFrom(Base64.getUrlDecoder().decode(token));
      long version = Trees.number(tree, "rv").orElse(0L);
      String last = Trees.string(tree, "start", "");
      if (FORMAT.equals(tree.get("v")) && version != 0 && !last.isEmpty()) {
        return new ContinueToken(version, last);
      }
    } catch (IOException | IllegalArgumentException | NullPointerException notOurs) {
      // Told below, as any other that is none.
    }
    throw Failures.badRequest("continue key is not valid: it is not what an earlier page gave");
  }
}
