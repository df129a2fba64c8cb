package io.sandjar.cli.kube;

import io.sandjar.cli.CommandException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A path into a tree, in the part of kubectl's JSONPath that names things: {@code .a.b}, {@code
 * ['a.b']}, {@code [0]}, {@code [-1]}, {@code [*]} and {@code .a\.b}.
 */
final class JsonPath {
  private static final String EVERY = "*";

  private final List<Object> steps = new ArrayList<>();

  JsonPath(String path) {
    int at = path.startsWith("$") ? 1 : 0;
    while (at < path.length()) {
      at = path.charAt(at) == '[' ? bracket(path, at) : name(path, at);
    }
  }

  private int bracket(String path, int from) {
    int end = path.indexOf(']', from);
    if (end < 0) {
      throw new CommandException("the path \"" + path + "\" has a [ without a ]");
    }
    var inner = path.substring(from + 1, end).trim();
    if (inner.equals(EVERY)) {
      steps.add(EVERY);
    } else if (inner.matches("-?[0-9]+")) {
      steps.add(Integer.valueOf(inner));
    } else if (inner.matches("'.*'|\".*\"")) {
      steps.add(List.of(inner.substring(1, inner.length() - 1)));
    } else {
      throw new CommandException(
          "["
              + inner
              + "] is not understood in the path \""
              + path
              + "\"; use [N], [*] or ['KEY']");
    }
    return end + 1;
  }

  private int name(String path, int from) {
    int at = path.charAt(from) == '.' ? from + 1 : from;
    var name = new StringBuilder();
    while (at < path.length() && path.charAt(at) != '.' && path.charAt(at) != '[') {
      if (path.charAt(at) == '\\' && at + 1 < path.length()) {
        at++;
      }
      name.append(path.charAt(at++));
    }
    if (name.toString().equals(EVERY)) {
      steps.add(EVERY);
    } else if (!name.isEmpty()) {
      steps.add(List.of(name.toString()));
    }
    return at;
  }

  /** Every value at the path, in order. */
  List<Object> values(Object root) {
    List<Object> found = List.of(root);
    for (var step : steps) {
      var next = new ArrayList<Object>();
      found.forEach(value -> follow(value, step, next));
      found = next;
    }
    return found;
  }

  private static void follow(Object value, Object step, List<Object> into) {
    if (step.equals(EVERY)) {
      if (value instanceof List<?> list) {
        into.addAll(list);
      } else if (value instanceof Map<?, ?> map) {
        into.addAll(map.values());
      }
    } else if (step instanceof Integer index && value instanceof List<?> list) {
      int at = index < 0 ? list.size() + index : index;
      if (at >= 0 && at < list.size()) {
        into.add(list.get(at));
      }
    } else if (step instanceof List<?> key && value instanceof Map<?, ?> map) {
      var child = map.get(key.get(0));
      if (child != null) {
        into.add(child);
      }
    }
  }
}
