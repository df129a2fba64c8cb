package io.sandjar.cli.kube;

import io.sandjar.cli.CommandException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A path into a tree, as kubectl's JSONPath has them: {@code .a.b}, {@code ['a.b']}, {@code .a\.b},
 * {@code [0]}, {@code [-1]}, {@code [0:2]}, {@code [0,2]}, {@code [*]}, {@code ..a} and {@code
 * [?(@.type=="Ready")]}.
 */
final class JsonPath {
  private final String path;
  private final List<Step> steps = new ArrayList<>();

  /** Leads from one value to those below it that are meant. */
  @FunctionalInterface
  private interface Step {
    void follow(Object value, List<Object> into);
  }

  JsonPath(String path) {
    this.path = path;
    int at = path.startsWith("$") || path.startsWith("@") ? 1 : 0;
    while (at < path.length()) {
      at = path.charAt(at) == '[' ? bracket(at) : name(at);
    }
  }

  private CommandException misread(String part) {
    return new CommandException(
        part
            + " is not understood in the path \""
            + path
            + "\"; use .KEY, ['KEY'], [N], [N:M], [*], ..KEY or [?(@.KEY==\"VALUE\")]");
  }

  private int bracket(int from) {
    int end = closing(from);
    var inner = path.substring(from + 1, end).trim();
    if (inner.startsWith("?(") && inner.endsWith(")")) {
      var filter = new JsonPathFilter(inner.substring(2, inner.length() - 1));
      steps.add((value, into) -> children(value).stream().filter(filter).forEach(into::add));
      return end + 1;
    }
    var choices = new ArrayList<Step>();
    for (var choice : inner.split(",(?=(?:[^']*'[^']*')*[^']*$)")) {
      choices.add(choice(choice.trim()));
    }
    steps.add((value, into) -> choices.forEach(choice -> choice.follow(value, into)));
    return end + 1;
  }

  private int closing(int from) {
    int depth = 0;
    char quote = 0;
    for (int i = from; i < path.length(); i++) {
      char c = path.charAt(i);
      if (quote != 0) {
        quote = c == quote ? 0 : quote;
      } else if (c == '\'' || c == '"') {
        quote = c;
      } else if (c == '[') {
        depth++;
      } else if (c == ']' && --depth == 0) {
        return i;
      }
    }
    throw new CommandException("the path \"" + path + "\" has a [ without a ]");
  }

  private Step choice(String choice) {
    if (choice.equals("*")) {
      return (value, into) -> into.addAll(children(value));
    }
    if (choice.matches("-?[0-9]{1,9}")) {
      int index = Integer.parseInt(choice);
      return (value, into) -> slice(value, index, index == -1 ? null : index + 1, 1, into);
    }
    if (choice.matches("(-?[0-9]{1,9})?:(-?[0-9]{1,9})?(:[1-9][0-9]{0,8})?")) {
      var parts = choice.split(":", -1);
      return (value, into) ->
          slice(
              value,
              parts[0].isEmpty() ? 0 : Integer.parseInt(parts[0]),
              parts[1].isEmpty() ? null : Integer.valueOf(parts[1]),
              parts.length < 3 ? 1 : Integer.parseInt(parts[2]),
              into);
    }
    if (choice.matches("'.*'|\".*\"")) {
      return key(choice.substring(1, choice.length() - 1));
    }
    throw misread("[" + choice + "]");
  }

  private static void slice(Object value, int from, Integer to, int step, List<Object> into) {
    if (value instanceof List<?> list) {
      int first = from < 0 ? list.size() + from : from;
      int end = to == null ? list.size() : to < 0 ? list.size() + to : Math.min(to, list.size());
      for (int i = first; i >= 0 && i < end; i += step) {
        into.add(list.get(i));
      }
    }
  }

  private int name(int from) {
    boolean recursive = path.startsWith("..", from);
    int at = recursive ? from + 2 : path.charAt(from) == '.' ? from + 1 : from;
    if (recursive) {
      steps.add(JsonPath::descend);
    }
    var name = new StringBuilder();
    while (at < path.length() && path.charAt(at) != '.' && path.charAt(at) != '[') {
      if (path.charAt(at) == '\\' && at + 1 < path.length()) {
        at++;
      }
      name.append(path.charAt(at++));
    }
    if (name.toString().equals("*")) {
      steps.add((value, into) -> into.addAll(children(value)));
    } else if (!name.isEmpty()) {
      steps.add(key(name.toString()));
    }
    return at;
  }

  private static Step key(String key) {
    return (value, into) -> {
      if (value instanceof Map<?, ?> map && map.get(key) != null) {
        into.add(map.get(key));
      }
    };
  }

  private static void descend(Object value, List<Object> into) {
    into.add(value);
    children(value).forEach(child -> descend(child, into));
  }

  private static List<Object> children(Object value) {
    if (value instanceof List<?> list) {
      return new ArrayList<>(list);
    }
    return value instanceof Map<?, ?> map ? new ArrayList<>(map.values()) : List.of();
  }

  /** Every value at the path, in order. */
  List<Object> values(Object root) {
    List<Object> found = List.of(root);
    for (var step : steps) {
      var next = new ArrayList<Object>();
      found.forEach(value -> step.follow(value, next));
      found = next;
    }
    return found;
  }
}
