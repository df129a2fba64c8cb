package io.sandjar.runtime.api;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * A document in which something is not as it should be: another type, a key too much or too few.
 */
public final class DamagedTree {
  private static final List<Object> JUNK =
      Arrays.asList(
          null,
          "",
          "x".repeat(300),
          "../../etc",
          "ü\u0000",
          -1,
          1L << 62,
          0.5,
          true,
          List.of(),
          List.of(List.of(1)),
          Map.of(),
          Map.of("a", Map.of("b", "c")));

  private final Random random;

  public DamagedTree(Random random) {
    this.random = random;
  }

  /** A copy with one damage, the same for the same draws: whole may be of maps in any order. */
  public Object of(Object whole) {
    return damaged(sorted(whole));
  }

  private static Object sorted(Object tree) {
    if (tree instanceof Map<?, ?> map) {
      var sorted = new TreeMap<Object, Object>();
      map.forEach((key, value) -> sorted.put(key, sorted(value)));
      return sorted;
    }
    return tree instanceof List<?> list ? list.stream().map(DamagedTree::sorted).toList() : tree;
  }

  private Object damaged(Object whole) {
    if (random.nextInt(6) == 0) {
      return junk();
    }
    if (whole instanceof Map<?, ?> map && !map.isEmpty()) {
      var copy = new LinkedHashMap<Object, Object>(map);
      Object key = List.copyOf(map.keySet()).get(random.nextInt(map.size()));
      switch (random.nextInt(6)) {
        case 0 -> copy.remove(key);
        case 1 -> copy.put(key + "x", copy.remove(key));
        default -> copy.put(key, damaged(map.get(key)));
      }
      return copy;
    }
    if (whole instanceof List<?> list && !list.isEmpty()) {
      var copy = new ArrayList<Object>(list);
      int at = random.nextInt(list.size());
      if (random.nextInt(6) == 0) {
        copy.add(list.get(at));
      } else {
        copy.set(at, damaged(list.get(at)));
      }
      return copy;
    }
    return junk();
  }

  private Object junk() {
    return JUNK.get(random.nextInt(JUNK.size()));
  }
}
