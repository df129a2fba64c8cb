package io.sandjar.runtime.state;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Which id owns a name: a name is taken by one id at a time, until that id gives it back. */
public final class NameIndex {
  private final Map<String, String> owners = new HashMap<>();

  /**
   * Takes the name for the id.
   *
   * @return the id that has it already, or empty when the name was free or the id's own
   */
  public synchronized Optional<String> reserve(String name, String id) {
    String owner = owners.putIfAbsent(name, id);
    return owner == null || owner.equals(id) ? Optional.empty() : Optional.of(owner);
  }

  public synchronized void release(String name, String id) {
    owners.remove(name, id);
  }

  public synchronized Optional<String> owner(String name) {
    return Optional.ofNullable(owners.get(name));
  }
}
