package bench;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Measured values of one thing, and what is told of them. */
public final class Samples {
  private final double[] sorted;

  public Samples(List<Double> values) {
    if (values.isEmpty()) {
      throw new IllegalArgumentException("nothing was measured");
    }
    sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
  }

  public int count() {
    return sorted.length;
  }

  public double min() {
    return sorted[0];
  }

  public double max() {
    return sorted[sorted.length - 1];
  }

  public double median() {
    return percentile(50);
  }

  public double mean() {
    return Arrays.stream(sorted).average().orElseThrow();
  }

  /** The least value that this share of all values does not exceed. */
  public double percentile(double percent) {
    int rank = (int) Math.ceil(percent / 100 * sorted.length);
    return sorted[Math.max(0, rank - 1)];
  }

  Map<String, Object> toTree() {
    var tree = new LinkedHashMap<String, Object>();
    tree.put("count", count());
    tree.put("min", rounded(min()));
    tree.put("median", rounded(median()));
    tree.put("p90", rounded(percentile(90)));
    tree.put("p99", rounded(percentile(99)));
    tree.put("max", rounded(max()));
    tree.put("mean", rounded(mean()));
    return tree;
  }

  static double rounded(double value) {
    return Math.round(value * 1000) / 1000.0;
  }
}
