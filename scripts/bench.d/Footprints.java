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

/** Footprints over time: a line each as they come, and what grew between them. */
final class Footprints {
  /** What may come and go with the moment: pools, caches, a connection that closes. */
  static final Map<String, Long> SLACK =
      Map.of("heap KiB", 6L * 1024, "threads", 12L, "descriptors", 12L, "files", 6L);

  private final List<Map<String, Object>> taken = new ArrayList<>();
  private Map<String, Long> first;
  private Map<String, Long> last;

  /**
   * @param pods that have come and gone so far
   */
  void add(long pods, Map<String, Long> footprint) {
    if (taken.isEmpty()) {
      System.out.printf("%10s", "pods");
      footprint.keySet().forEach(what -> System.out.printf(" %11s", what));
      System.out.println();
    }
    System.out.printf("%10d", pods);
    footprint.values().forEach(count -> System.out.printf(" %11d", count));
    System.out.println();
    var tree = new LinkedHashMap<String, Object>();
    tree.put("pods", pods);
    tree.putAll(footprint);
    taken.add(tree);
    // The first rounds fill caches and pools.
    if (taken.size() == 3) {
      first = footprint;
    }
    last = footprint;
  }

  /** Ends the process: with 1 where something grew. */
  void finish(Optional<Path> json) throws IOException {
    var grown = new ArrayList<String>();
    first.forEach(
        (what, count) -> {
          if (last.get(what) > count + SLACK.getOrDefault(what, 0L)) {
            grown.add(what + " from " + count + " to " + last.get(what));
          }
        });
    if (json.isPresent()) {
      var tree = Report.machine("soak");
      tree.put("footprints", taken);
      tree.put("grown", grown);
      Files.writeString(
          json.get(), JSON.std.with(JSON.Feature.PRETTY_PRINT_OUTPUT).asString(tree) + "\n");
    }
    System.out.println(grown.isEmpty() ? "nothing grew" : "GREW: " + String.join(", ", grown));
    System.exit(grown.isEmpty() ? 0 : 1);
  }
}
