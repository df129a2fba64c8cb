package io.sandjar.cli.kube;

import java.util.LinkedHashMap;
import java.util.Map;

/** What turns one tree into another: a JSON merge patch (RFC 7396), where null takes away. */
public final class MergePatch {

  private MergePatch() {}

  public static Map<String, Object> between(Map<?, ?> before, Map<?, ?> after) {
    var patch = new LinkedHashMap<String, Object>();
    for (var entry : after.entrySet()) {
      var old = before.get(entry.getKey());
      if (old instanceof Map<?, ?> oldMap && entry.getValue() instanceof Map<?, ?> newMap) {
        var inner = between(oldMap, newMap);
        if (!inner.isEmpty()) {
          patch.put(entry.getKey().toString(), inner);
        }
      } else if (!isSame(old, entry.getValue())) {
        patch.put(entry.getKey().toString(), entry.getValue());
      }
    }
    for (var key : before.keySet()) {
      if (!after.containsKey(key)) {
        patch.put(key.toString(), null);
      }
    }
    return patch;
  }

  /** Numbers may come as Integer from one parser and as Long from the other. */
  private static boolean isSame(Object one, Object other) {
    if (one instanceof Map<?, ?> map && other instanceof Map<?, ?> otherMap) {
      return map.keySet().equals(otherMap.keySet())
          && map.keySet().stream().allMatch(key -> isSame(map.get(key), otherMap.get(key)));
    }
    if (one instanceof java.util.List<?> list && other instanceof java.util.List<?> otherList) {
      if (list.size() != otherList.size()) {
        return false;
      }
      for (int i = 0; i < list.size(); i++) {
        if (!isSame(list.get(i), otherList.get(i))) {
          return false;
        }
      }
      return true;
    }
    return one == null || other == null ? one == other : one.toString().equals(other.toString());
  }
}
