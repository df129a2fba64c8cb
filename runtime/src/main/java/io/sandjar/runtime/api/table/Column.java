package io.sandjar.runtime.api.table;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * One column of a kind's table.
 *
 * @param wide shown only by {@code -o wide}
 */
record Column(
    String name, String type, boolean wide, String description, Function<Row, Object> cell) {

  static Column of(String name, String description, Function<Row, Object> cell) {
    return new Column(name, "string", false, description, cell);
  }

  static Column wide(String name, String description, Function<Row, Object> cell) {
    return new Column(name, "string", true, description, cell);
  }

  /** As a Table's columnDefinitions hold it. */
  Map<String, Object> definition() {
    var definition = new LinkedHashMap<String, Object>();
    definition.put("name", name);
    definition.put("type", type);
    definition.put("format", name.equals("Name") ? "name" : "");
    definition.put("description", description);
    definition.put("priority", wide ? 1 : 0);
    return definition;
  }
}
