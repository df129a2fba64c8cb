package bench;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Sandjar's figures beside a peer's: a table for people, JSON for machines, and a chart. */
final class Comparison {

  /** Which of two figures is the better one. */
  enum Better {
    LESS,
    MORE
  }

  /**
   * What is wanted of a row.
   *
   * @param median how many times better than the peer
   * @param p99 likewise, where there are samples enough to tell; 0 for no wish
   * @param most what nine in ten of Sandjar's own figures must not exceed
   */
  record Goal(double median, double p99, double most) {
    static final Goal NONE = new Goal(0, 0);

    Goal(double median, double p99) {
      this(median, p99, Double.POSITIVE_INFINITY);
    }

    static Goal atMost(double most) {
      return new Goal(0, 0, most);
    }

    @Override
    public String toString() {
      return Double.isInfinite(most) ? Double.toString(median) : "at most " + most;
    }
  }

  private record Row(
      String what, String unit, Better better, Samples ours, Samples theirs, Goal goal) {

    double factor(double percentile) {
      double own = ours.percentile(percentile);
      double other = theirs.percentile(percentile);
      return better == Better.LESS ? other / own : own / other;
    }

    /** A p99 of few samples is nearly their maximum. */
    boolean tellsP99() {
      return Math.min(ours.count(), theirs.count()) >= 1000;
    }

    boolean isKept() {
      return factor(50) >= goal.median()
          && (!tellsP99() || factor(99) >= goal.p99())
          && ours.percentile(90) <= goal.most();
    }
  }

  private final String name;
  private final List<String> versions;
  private final List<Row> rows = new ArrayList<>();

  /**
   * @param versions of what is compared with
   */
  Comparison(String name, List<String> versions) {
    this.name = name;
    this.versions = versions;
    System.out.println(String.join(", ", versions));
    System.out.printf(
        "%-42s %5s %6s | %27s | %27s | %8s %8s%n",
        name, "unit", "count", "containerd p50  p90  p99", "sandjar p50  p90  p99", "x p50", "x p99");
  }

  Comparison row(
      String what, String unit, Better better, Samples ours, Samples theirs, Goal goal) {
    var row = new Row(what, unit, better, ours, theirs, goal);
    rows.add(row);
    System.out.printf(
        "%-42s %5s %6d | %9.2f %8.2f %8.2f | %9.2f %8.2f %8.2f | %8.1f %8s%s%n",
        what,
        unit,
        ours.count(),
        theirs.percentile(50),
        theirs.percentile(90),
        theirs.percentile(99),
        ours.percentile(50),
        ours.percentile(90),
        ours.percentile(99),
        row.factor(50),
        row.tellsP99() ? "%.1f".formatted(row.factor(99)) : "",
        verdict(row));
    return this;
  }

  private static String verdict(Row row) {
    if (row.goal().equals(Goal.NONE)) {
      return "";
    }
    return (row.isKept() ? "  (goal %s: kept)" : "  (goal %s: MISSED)")
        .formatted(row.goal());
  }

  /**
   * Writes what is wanted beside the table, and ends the process: with 1 where a goal is missed.
   */
  void finish(Optional<Path> json, Optional<Path> chart) throws IOException {
    if (json.isPresent()) {
      var tree = Report.machine(name);
      tree.put("peer", versions);
      tree.put("results", rows.stream().map(Comparison::toTree).toList());
      Files.writeString(
          json.get(), JSON.std.with(JSON.Feature.PRETTY_PRINT_OUTPUT).asString(tree) + "\n");
    }
    if (chart.isPresent()) {
      var bars = new Chart(name + ": how many times better than containerd (median)");
      for (Row row : rows) {
        bars.bar(
            row.what(),
            row.factor(50),
            row.goal().median(),
            "%.3g %s, containerd %.3g".formatted(
                row.ours().median(), row.unit(), row.theirs().median()));
      }
      Files.writeString(chart.get(), bars.toSvg());
    }
    System.exit(rows.stream().allMatch(Row::isKept) ? 0 : 1);
  }

  private static Map<String, Object> toTree(Row row) {
    var tree = new LinkedHashMap<String, Object>();
    tree.put("what", row.what());
    tree.put("unit", row.unit());
    tree.put("sandjar", row.ours().toTree());
    tree.put("containerd", row.theirs().toTree());
    tree.put("timesBetterP50", Samples.rounded(row.factor(50)));
    tree.put("timesBetterP99", Samples.rounded(row.factor(99)));
    tree.put("goalP50", row.goal().median());
    tree.put("goalP99", row.goal().p99());
    if (Double.isFinite(row.goal().most())) {
      tree.put("goalAtMost", row.goal().most());
    }
    tree.put("kept", row.isKept());
    return tree;
  }
}
