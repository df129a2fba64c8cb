package io.sandjar.runtime.pod.node;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.container.PodEngine;
import io.sandjar.runtime.pod.plan.PodLabels;
import io.sandjar.runtime.pod.schema.Trees;
import io.sandjar.runtime.sandbox.IdRange;
import io.sandjar.runtime.sandbox.Sandbox;
import io.sandjar.runtime.sandbox.UserNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Gives each pod with {@code hostUsers: false} a range of the host's ids that nobody else has: no
 * other pod, and no user by subuid(5). What sandboxes have is on record with them.
 */
final class UserRanges {
  /** All ids that a container may know; what user databases hand out as one range. */
  private static final long LENGTH = 65_536;

  /** Below are the machine's own users. */
  private static final long FIRST = 16 * LENGTH;

  /** The kernel's ids have 32 bits, but some programs take them for signed. */
  private static final long END = 1L << 31;

  private final PodEngine engine;
  private final List<Path> taken;
  private final Map<String, IdRange> given = new HashMap<>();

  /**
   * @param taken files of ranges that users have, in the form of subuid(5)
   */
  UserRanges(PodEngine engine, List<Path> taken) {
    this.engine = engine;
    this.taken = taken;
  }

  /** The pod's range, the same for as long as it is there; empty for one with the host's users. */
  synchronized Optional<UserNamespace> of(Map<String, Object> pod) throws IOException {
    if (!Boolean.FALSE.equals(Trees.object(pod, "spec").get("hostUsers"))) {
      return Optional.empty();
    }
    String uid = PodState.uid(pod);
    var others = new ArrayList<IdRange>();
    for (Sandbox sandbox : engine.sandboxes().list()) {
      Optional<UserNamespace> user = sandbox.spec().namespaces().user();
      if (user.isPresent() && uid.equals(sandbox.spec().labels().get(PodLabels.POD_UID))) {
        return user;
      }
      user.ifPresent(namespace -> others.addAll(namespace.uids()));
    }
    IdRange range = given.get(uid);
    if (range == null) {
      others.addAll(given.values());
      others.addAll(ofUsers());
      range = free(others);
      given.put(uid, range);
    }
    return Optional.of(new UserNamespace(List.of(range), List.of(range)));
  }

  private static IdRange free(List<IdRange> others) {
    for (long start = FIRST; start + LENGTH <= END; start += LENGTH) {
      long candidate = start;
      if (others.stream()
          .noneMatch(
              other ->
                  other.hostId() < candidate + LENGTH
                      && candidate < other.hostId() + other.length())) {
        return new IdRange(0, candidate, LENGTH);
      }
    }
    throw new EngineException(
        EngineException.Kind.RESOURCE_EXHAUSTED,
        "no range of " + LENGTH + " user ids is free for a pod with hostUsers: false");
  }

  private List<IdRange> ofUsers() throws IOException {
    var ranges = new ArrayList<IdRange>();
    for (Path file : taken) {
      if (!Files.exists(file)) {
        continue;
      }
      for (String line : Files.readAllLines(file)) {
        String[] words = line.strip().split(":");
        if (words.length == 3 && words[1].matches("\\d{1,10}") && words[2].matches("\\d{1,10}")) {
          ranges.add(new IdRange(0, Long.parseLong(words[1]), Long.parseLong(words[2])));
        }
      }
    }
    return ranges;
  }

  synchronized void release(String uid) {
    given.remove(uid);
  }
}
