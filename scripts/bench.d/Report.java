package bench;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a benchmark found: a table for people, JSON for machines, and whether budgets are kept. */
public final class Report {
  private final String name;
  private final List<Map<String, Object>> rows = new ArrayList<>();
  private boolean kept = true;

  public Report(String name) {
    this.name = name;
    System.out.printf(
        "%-44s %5s %9s %9s %9s %9s  %s%n", name, "count", "median", "p90", "p99", "max", "unit");
  }

  /** Adds a row without a budget. */
  public Report row(String what, String unit, Samples samples) {
    add(what, unit, samples, null);
    return this;
  }

  /** Adds a row whose median must not exceed {@code budget}. */
  public Report row(String what, String unit, Samples samples, double budget) {
    add(what, unit, samples, budget);
    return this;
  }

  private void add(String what, String unit, Samples samples, Double budget) {
    var verdict = "";
    var tree = new LinkedHashMap<String, Object>();
    tree.put("what", what);
    tree.put("unit", unit);
    tree.putAll(samples.toTree());
    if (budget != null) {
      boolean within = samples.median() <= budget;
      kept &= within;
      tree.put("budget", budget);
      tree.put("withinBudget", within);
      verdict = within ? "  (budget %s: kept)" : "  (budget %s: EXCEEDED)";
      verdict = verdict.formatted(budget);
    }
    rows.add(tree);
    System.out.printf(
        "%-44s %5d %9.2f %9.2f %9.2f %9.2f  %s%s%n",
        what,
        samples.count(),
        samples.median(),
        samples.percentile(90),
        samples.percentile(99),
        samples.max(),
        unit,
        verdict);
  }

  /** Of what and on what figures are: the beginning of their JSON. */
  static Map<String, Object> machine(String benchmark) {
    var tree = new LinkedHashMap<String, Object>();
    tree.put("benchmark", benchmark);
    tree.put("date", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    tree.put("java", Runtime.version().toString());
    tree.put("kernel", System.getProperty("os.version"));
    tree.put("cpus", Runtime.getRuntime().availableProcessors());
    tree.put("cgroup2Mount", cgroup2Mount());
    return tree;
  }

  /** Its options decide what moving a process costs, for every runtime on the machine. */
  private static String cgroup2Mount() {
    try (var mounts = Files.lines(Path.of("/proc/mounts"))) {
      return mounts.filter(mount -> mount.startsWith("cgroup2 ")).findFirst().orElse("");
    } catch (IOException e) {
      return e.toString();
    }
  }

  /**
   * Writes the JSON where it is wanted, and ends the process: with 1 where a budget is exceeded.
   *
   * @param json from {@link Arguments#json()}
   */
  public void finish(Optional<Path> json) throws IOException {
    if (json.isPresent()) {
      var tree = machine(name);
      tree.put("results", rows);
      Files.writeString(
          json.get(), JSON.std.with(JSON.Feature.PRETTY_PRINT_OUTPUT).asString(tree) + "\n");
    }
    System.exit(kept ? 0 : 1);
  }
}
