package io.sandjar.cli.output;

import java.util.Arrays;

/**
 * Text whose cells end in tabs, aligned as Go's tabwriter aligns it: a column is as wide as its
 * widest cell among lines that follow each other and have it.
 */
public final class ElasticTabs {
  private static final int PADDING = 2;

  private final String[][] lines;
  private final int[][] widths;

  private ElasticTabs(String text) {
    lines =
        Arrays.stream(text.split("\n", -1))
            .map(line -> line.split("\t", -1))
            .toArray(String[][]::new);
    widths = Arrays.stream(lines).map(cells -> new int[cells.length]).toArray(int[][]::new);
  }

  public static String align(String text) {
    var tabs = new ElasticTabs(text);
    tabs.measure(0, tabs.lines.length, 0);
    return tabs.text();
  }

  /** The blocks of a column, and within each those of the columns beyond it. */
  private void measure(int from, int to, int column) {
    int start = from;
    while (start < to) {
      if (!has(start, column)) {
        start++;
        continue;
      }
      int end = start;
      int width = 0;
      for (; end < to && has(end, column); end++) {
        width = Math.max(width, length(lines[end][column]) + PADDING);
      }
      for (int line = start; line < end; line++) {
        widths[line][column] = width;
      }
      measure(start, end, column + 1);
      start = end;
    }
  }

  /** What follows the last tab of a line is no cell. */
  private boolean has(int line, int column) {
    return column < lines[line].length - 1;
  }

  private String text() {
    var text = new StringBuilder();
    for (int line = 0; line < lines.length; line++) {
      for (int column = 0; column < lines[line].length; column++) {
        var cell = lines[line][column];
        text.append(cell);
        if (has(line, column)) {
          text.append(" ".repeat(widths[line][column] - length(cell)));
        }
      }
      text.append(line < lines.length - 1 ? "\n" : "");
    }
    return text.toString();
  }

  private static int length(String cell) {
    return cell.codePointCount(0, cell.length());
  }
}
