package io.sandjar.cli.kube;

import io.sandjar.cli.CommandException;
import io.sandjar.cli.output.Documents;
import io.sandjar.cli.output.TextTable;
import io.sandjar.cli.terminal.Screen;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Objects in the form that {@code -o} asks for, other than the daemon's own table. */
public final class ObjectOutput {
  private static final String JSONPATH = "jsonpath=";
  private static final String CUSTOM_COLUMNS = "custom-columns=";

  private ObjectOutput() {}

  /** Whether the daemon's table is asked for. */
  public static boolean isTable(String format) {
    return format == null || format.isEmpty() || format.equals("wide");
  }

  /**
   * The objects as text.
   *
   * @param tree one object, or a list of them
   */
  public static String text(String format, Map<String, Object> tree) {
    return text(format, tree, true);
  }

  /**
   * As above.
   *
   * @param header whether columns are headed by their names
   */
  public static String text(String format, Map<String, Object> tree, boolean header) {
    if (format.equals("json")) {
      return Documents.json(Documents.sorted(tree));
    }
    if (format.equals("yaml")) {
      return Documents.yaml(Documents.sorted(tree));
    }
    if (format.equals("name")) {
      return objectsOf(tree).stream()
          .map(object -> nameOf(object) + "\n")
          .collect(Collectors.joining());
    }
    if (format.startsWith(JSONPATH)) {
      return JsonPathTemplate.fill(format.substring(JSONPATH.length()), tree);
    }
    if (format.startsWith(CUSTOM_COLUMNS)) {
      return columns(format.substring(CUSTOM_COLUMNS.length()), objectsOf(tree), header);
    }
    throw new CommandException(
        "unable to match a printer suitable for the output format \"%s\", allowed formats are: "
                .formatted(format)
            + "custom-columns=,json,jsonpath=,name,wide,yaml");
  }

  public static List<Map<String, Object>> objectsOf(Map<String, Object> tree) {
    return tree.get("items") instanceof List<?> ? KubeApi.maps(tree, "items") : List.of(tree);
  }

  private static String nameOf(Map<String, Object> object) {
    return String.valueOf(object.get("kind")).toLowerCase(java.util.Locale.ROOT)
        + "/"
        + KubeApi.metadata(object, "name");
  }

  private static String columns(String spec, List<Map<String, Object>> objects, boolean header) {
    var names = new ArrayList<String>();
    var paths = new ArrayList<JsonPath>();
    for (var column : spec.split(",")) {
      int colon = column.indexOf(':');
      if (colon < 0) {
        throw new CommandException(
            "a column is NAME:PATH, such as NAME:.metadata.name, and there is \"" + column + "\"");
      }
      names.add(column.substring(0, colon));
      paths.add(new JsonPath(column.substring(colon + 1)));
    }
    var rows = new ArrayList<List<String>>();
    rows.add(names);
    for (var object : objects) {
      rows.add(
          paths.stream()
              .map(path -> path.values(object))
              .map(
                  values ->
                      values.isEmpty()
                          ? "<none>"
                          : values.stream().map(String::valueOf).collect(Collectors.joining(",")))
              .toList());
    }
    return new TextTable(Screen.PLAIN).text(rows, header);
  }

  /** Without the bookkeeping of who set which field, which few want to read. */
  public static void dropManagedFields(Map<String, Object> tree) {
    for (var object : objectsOf(tree)) {
      if (object.get("metadata") instanceof Map<?, ?> metadata) {
        metadata.remove("managedFields");
      }
    }
  }

  /** Sorts by the value at a path, numbers by size. */
  public static void sort(List<Map<String, Object>> objects, String path) {
    var sortPath = new JsonPath(path.replaceAll("[{}]", ""));
    var keys = new java.util.IdentityHashMap<Map<String, Object>, Object>();
    objects.forEach(
        object -> keys.put(object, sortPath.values(object).stream().findFirst().orElse("")));
    objects.sort(
        (a, b) ->
            keys.get(a) instanceof Number left && keys.get(b) instanceof Number right
                ? Double.compare(left.doubleValue(), right.doubleValue())
                : keys.get(a).toString().compareTo(keys.get(b).toString()));
  }
}
