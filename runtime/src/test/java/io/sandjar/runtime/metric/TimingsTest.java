package io.sandjar.runtime.metric;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The text that a Prometheus server reads. */
class TimingsTest {

  @Test
  void bucketsCountWhatIsBelowThemAndEachKindHasItsOwn() {
    var timings = new Timings("step_seconds", "Steps.", "step");
    timings.observe("a", TimeUnit.MILLISECONDS.toNanos(2));
    timings.observe("a", TimeUnit.MILLISECONDS.toNanos(20));
    timings.observe("a", TimeUnit.HOURS.toNanos(1));
    timings.observe("b", 1);
    var out = new MetricWriter();
    timings.writeTo(out);
    List<String> lines = out.toString().lines().toList();
    assertEquals("# TYPE step_seconds histogram", lines.get(1));
    assertEquals("0", value(lines, "step_seconds_bucket{step=\"a\",le=\"0.001\"}"));
    assertEquals("1", value(lines, "step_seconds_bucket{step=\"a\",le=\"0.0025\"}"));
    assertEquals("2", value(lines, "step_seconds_bucket{step=\"a\",le=\"300.0\"}"));
    assertEquals("3", value(lines, "step_seconds_bucket{step=\"a\",le=\"+Inf\"}"));
    assertEquals("3", value(lines, "step_seconds_count{step=\"a\"}"));
    assertEquals("3600.022", value(lines, "step_seconds_sum{step=\"a\"}"));
    assertEquals("1", value(lines, "step_seconds_bucket{step=\"b\",le=\"5.0E-4\"}"));
  }

  @Test
  void stepsAreTimedOneAfterTheOther() {
    var timings = new Timings("step_seconds", "Steps.", "step");
    Timings.Laps laps = timings.laps();
    laps.lap("first");
    laps.lap("second");
    var out = new MetricWriter();
    timings.writeTo(out);
    List<String> lines = out.toString().lines().toList();
    assertEquals("1", value(lines, "step_seconds_count{step=\"first\"}"));
    assertEquals("1", value(lines, "step_seconds_count{step=\"second\"}"));
  }

  private static String value(List<String> lines, String sample) {
    return lines.stream()
        .filter(line -> line.startsWith(sample + " "))
        .map(line -> line.substring(sample.length() + 1))
        .findAny()
        .orElse("no such sample");
  }

  @Test
  void eachStepIsToldOf() {
    var told = new AtomicInteger();
    var timings = new Timings("step_seconds", "Steps.", "step", told::incrementAndGet);

    timings.observe("one", 1);
    timings.laps().lap("two");

    assertEquals(2, told.get());
  }
}
