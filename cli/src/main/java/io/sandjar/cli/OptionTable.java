package io.sandjar.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What options and arguments a command has, from a table that says the same as its picocli
 * annotations: reading those takes the JVM longer than most commands run. A test writes the table
 * and compares it with the annotations.
 */
record OptionTable(List<Row> rows) {
  /**
   * One option; or where it has no names, arguments.
   *
   * @param from the first argument that it takes, counted from 0
   * @param to the first that it does not take any more
   * @param required whether it must be given
   * @param split whether a value may hold several, with commas between
   * @param field from the command to what holds the value, such as {@code namespace.everywhere}
   */
  record Row(
      List<String> names, int from, int to, boolean required, boolean split, List<String> field) {
    private static final String ANY = "*";

    /**
     * Reads {@code NAME,NAME FIELD [required] [split]} or {@code FROM-TO FIELD [required]}, as
     * {@link #toString} writes it.
     */
    static Row parse(String line) {
      var words = List.of(line.split(" "));
      boolean option = words.get(0).startsWith("-");
      var first = List.of(words.get(0).split(option ? "," : "-"));
      return new Row(
          option ? first : List.of(),
          option ? 0 : Integer.parseInt(first.get(0)),
          option || first.get(1).equals(ANY) ? Integer.MAX_VALUE : Integer.parseInt(first.get(1)),
          words.contains("required"),
          words.contains("split"),
          List.of(words.get(1).split("\\.")));
    }

    @Override
    public String toString() {
      var arguments = from + "-" + (to == Integer.MAX_VALUE ? ANY : to);
      return (names.isEmpty() ? arguments : String.join(",", names))
          + " "
          + String.join(".", field)
          + (required ? " required" : "")
          + (split ? " split" : "");
    }
  }

  /** The table of a command, if it has one: a line with its name, then one for each row. */
  static Optional<OptionTable> of(String command) {
    var text = OptionTableText.TEXT;
    int at = text.indexOf("\n" + command + "\n");
    if (at < 0) {
      return Optional.empty();
    }
    var rows = new ArrayList<Row>();
    for (int from = at + command.length() + 2; text.startsWith("  ", from); ) {
      int end = text.indexOf('\n', from);
      rows.add(Row.parse(text.substring(from + 2, end)));
      from = end + 1;
    }
    return Optional.of(new OptionTable(rows));
  }

  Optional<Row> option(String name) {
    for (var row : rows) {
      if (row.names.contains(name)) {
        return Optional.of(row);
      }
    }
    return Optional.empty();
  }
}
