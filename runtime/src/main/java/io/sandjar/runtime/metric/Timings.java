package io.sandjar.runtime.metric;

import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/** How long things of several kinds took: one metric with a histogram for each kind. */
public final class Timings {
  private final String name;
  private final String help;
  private final String label;
  private final Runnable observer;
  private final Map<String, Histogram> kinds = new ConcurrentSkipListMap<>();

  /**
   * @param name the metric's, which ends in {@code _seconds}
   * @param label the name of the label that tells the kinds apart
   */
  public Timings(String name, String help, String label) {
    this(name, help, label, () -> {});
  }

  /**
   * @param observer runs after each thing that was timed
   */
  public Timings(String name, String help, String label, Runnable observer) {
    this.name = name;
    this.help = help;
    this.label = label;
    this.observer = observer;
  }

  /** Times steps that follow each other. */
  public final class Laps {
    private long since = System.nanoTime();

    private Laps() {}

    /** The step that just ended. */
    public void lap(String kind) {
      long now = System.nanoTime();
      observe(kind, now - since);
      since = now;
    }
  }

  /** Starts to time a first step. */
  public Laps laps() {
    return new Laps();
  }

  public void observe(String kind, long nanos) {
    kinds.computeIfAbsent(kind, first -> new Histogram()).observe(nanos);
    observer.run();
  }

  public void writeTo(MetricWriter out) {
    out.histogram(name, help);
    kinds.forEach((kind, histogram) -> histogram.writeTo(out, name, Map.of(label, kind)));
  }
}
