package io.sandjar.cli.kube;

import io.sandjar.cli.output.TextTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The daemon's table of objects as lines of text.
 *
 * @param wide with the columns that are left out otherwise
 * @param namespaces with a first column that tells the namespace
 * @param labels with a last column of all labels
 */
public record ObjectTable(boolean wide, boolean namespaces, boolean labels) {

  public String text(Map<String, Object> table, boolean header) {
    var columns = KubeApi.maps(table, "columnDefinitions");
    var lines = new ArrayList<List<String>>();
    lines.add(header(columns));
    for (var row : KubeApi.maps(table, "rows")) {
      lines.add(line(columns, row));
    }
    var text = TextTable.text(lines);
    return header ? text : text.substring(text.indexOf('\n') + 1);
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
        cells.add(values.get(i) == null ? "<none>" : values.get(i).toString());
      }
    }
    if (labels) {
      cells.add(labelsOf(object));
    }
    return cells;
  }

  private static String labelsOf(Map<String, Object> object) {
    var labels = KubeApi.map(KubeApi.map(object, "metadata"), "labels");
    return labels.isEmpty()
        ? "<none>"
        : labels.entrySet().stream()
            .map(label -> label.getKey() + "=" + label.getValue())
            .sorted()
            .collect(Collectors.joining(","));
  }

  private boolean shown(Map<String, Object> column) {
    return wide || !(column.get("priority") instanceof Number priority) || priority.intValue() == 0;
  }
}
