package io.sandjar.cli.kube;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The daemon's table of objects as rows of text.
 *
 * @param wide with the columns that are left out otherwise
 * @param namespaces with a first column that tells the namespace
 * @param kind put before each name, as in {@code pod/echo}; empty for none
 * @param labelColumns labels that have a column each
 * @param labels with a last column of all labels
 */
public record ObjectTable(
    boolean wide, boolean namespaces, String kind, List<String> labelColumns, boolean labels) {

  /** A row for each object, after one of the columns' names. */
  public List<List<String>> rows(Map<String, Object> table) {
    var columns = KubeApi.maps(table, "columnDefinitions");
    var lines = new ArrayList<List<String>>();
    lines.add(header(columns));
    for (var row : KubeApi.maps(table, "rows")) {
      lines.add(line(columns, row));
    }
    return lines;
  }

  private List<String> header(List<Map<String, Object>> columns) {
    var cells = new ArrayList<String>();
    if (namespaces) {
      cells.add("NAMESPACE");
    }
    for (var column : columns) {
      if (shown(column)) {
        cells.add(column.get("name").toString().toUpperCase(Locale.ROOT));
      }
    }
    for (var label : labelColumns) {
      cells.add(label.substring(label.lastIndexOf('/') + 1).toUpperCase(Locale.ROOT));
    }
    if (labels) {
      cells.add("LABELS");
    }
    return cells;
  }

  private List<String> line(List<Map<String, Object>> columns, Map<String, Object> row) {
    var cells = new ArrayList<String>();
    var object = KubeApi.map(row, "object");
    if (namespaces) {
      cells.add(String.valueOf(KubeApi.metadata(object, "namespace")));
    }
    var values = (List<?>) row.get("cells");
    for (int i = 0; i < columns.size(); i++) {
      if (shown(columns.get(i))) {
        var value = values.get(i) == null ? "<none>" : values.get(i).toString();
        boolean name = !kind.isEmpty() && "name".equals(columns.get(i).get("format"));
        cells.add(name ? kind + "/" + value : value);
      }
    }
    var given = KubeApi.map(KubeApi.map(object, "metadata"), "labels");
    for (var label : labelColumns) {
      cells.add(String.valueOf(given.getOrDefault(label, "")));
    }
    if (labels) {
      cells.add(text(given));
    }
    return cells;
  }

  private static String text(Map<String, Object> labels) {
    var pairs = new ArrayList<String>();
    labels.forEach((key, value) -> pairs.add(key + "=" + value));
    pairs.sort(null);
    return pairs.isEmpty() ? "<none>" : String.join(",", pairs);
  }

  private boolean shown(Map<String, Object> column) {
    return wide || !(column.get("priority") instanceof Number priority) || priority.intValue() == 0;
  }
}
