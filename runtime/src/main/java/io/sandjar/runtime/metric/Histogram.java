package io.sandjar.runtime.metric;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** Counts durations in buckets, from what a syscall takes to what a large image's pull takes. */
final class Histogram {
  private static final double[] BOUNDS = {
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300
  };

  private static final double NANOS_PER_SECOND = 1e9;

  /** One for each bound, and one for what is above them all. */
  private final LongAdder[] buckets = new LongAdder[BOUNDS.length + 1];

  private final LongAdder nanos = new LongAdder();

  Histogram() {
    for (int i = 0; i < buckets.length; i++) {
      buckets[i] = new LongAdder();
    }
  }

  void observe(long duration) {
    double seconds = duration / NANOS_PER_SECOND;
    int bucket = 0;
    while (bucket < BOUNDS.length && seconds > BOUNDS[bucket]) {
      bucket++;
    }
    buckets[bucket].increment();
    nanos.add(duration);
  }

  /** Prometheus' buckets are cumulative: each counts what is below it too. */
  void writeTo(MetricWriter out, String name, Map<String, String> labels) {
    long count = 0;
    for (int i = 0; i < buckets.length; i++) {
      count += buckets[i].sum();
      Map<String, String> bounded = new LinkedHashMap<>(labels);
      bounded.put("le", i < BOUNDS.length ? Double.toString(BOUNDS[i]) : "+Inf");
      out.sample(name + "_bucket", bounded, count);
    }
    out.sample(name + "_sum", labels, nanos.sum() / NANOS_PER_SECOND);
    out.sample(name + "_count", labels, count);
  }
}
