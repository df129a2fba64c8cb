package bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** How long things took, by what they are, in milliseconds; for any number of threads. */
final class Timings {
  private final Map<String, List<Double>> values = new LinkedHashMap<>();

  <T> T time(String what, Supplier<T> call) {
    long start = System.nanoTime();
    T answer = call.get();
    add(what, start, System.nanoTime());
    return answer;
  }

  /**
   * @param start and the end, by {@link System#nanoTime}
   */
  synchronized void add(String what, long start, long end) {
    values.computeIfAbsent(what, first -> new ArrayList<>()).add((end - start) / 1e6);
  }

  /** What was timed, in the order of the first times. */
  synchronized List<String> names() {
    return List.copyOf(values.keySet());
  }

  synchronized Samples of(String what) {
    return new Samples(values.get(what));
  }

  /** Several things that were timed one after the other, again and again, as one. */
  synchronized Samples sum(String... whats) {
    var sums = new ArrayList<>(java.util.Collections.nCopies(values.get(whats[0]).size(), 0.0));
    for (var what : whats) {
      for (int i = 0; i < sums.size(); i++) {
        sums.set(i, sums.get(i) + values.get(what).get(i));
      }
    }
    return new Samples(sums);
  }
}
