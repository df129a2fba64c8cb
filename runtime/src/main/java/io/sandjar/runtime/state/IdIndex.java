package io.sandjar.runtime.state;

import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;

/** Everything of one kind by id, found by the whole id or by a prefix that only one id has. */
public final class IdIndex<T> {
  private final ConcurrentSkipListMap<String, T> byId = new ConcurrentSkipListMap<>();

  public void put(String id, T value) {
    byId.put(id, value);
  }

  public void remove(String id) {
    byId.remove(id);
  }

  /** All, in the order of the ids; safe to walk while others change it. */
  public Collection<T> all() {
    return byId.values();
  }

  public Optional<T> exactly(String id) {
    return Optional.ofNullable(byId.get(id));
  }

  /** The one whose id begins so; empty when none or several do. */
  public Optional<T> find(String prefix) {
    T whole = byId.get(prefix);
    if (whole != null || prefix.isEmpty()) {
      return Optional.ofNullable(whole);
    }
    var from = byId.tailMap(prefix, true).entrySet().iterator();
    if (!from.hasNext()) {
      return Optional.empty();
    }
    var first = from.next();
    boolean alone = !from.hasNext() || !from.next().getKey().startsWith(prefix);
    return first.getKey().startsWith(prefix) && alone
        ? Optional.of(first.getValue())
        : Optional.empty();
  }
}
