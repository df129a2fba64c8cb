package io.sandjar.runtime.linux.cgroup;

import java.util.Optional;

/** Pressure stall information of one resource, in the format of the kernel's psi.rst. */
public record Pressure(Line some, Line full) {

  /**
   * How long tasks stood still for want of the resource.
   *
   * @param avg10 percent of the last 10 seconds
   * @param totalMicros since the cgroup was made
   */
  public record Line(double avg10, double avg60, double avg300, long totalMicros) {
    static final Line ZERO = new Line(0, 0, 0, 0);
  }

  /**
   * @return empty where the text is: then pressure is turned off
   */
  static Optional<Pressure> parse(String text) {
    Line some = null;
    Line full = Line.ZERO; // CPU had no such line before Linux 5.13.
    for (String line : text.split("\n")) {
      String[] fields = line.split(" ");
      if (fields.length < 5) {
        continue;
      }
      Line values =
          new Line(
              Double.parseDouble(value(fields[1])),
              Double.parseDouble(value(fields[2])),
              Double.parseDouble(value(fields[3])),
              Long.parseLong(value(fields[4])));
      if (fields[0].equals("some")) {
        some = values;
      } else if (fields[0].equals("full")) {
        full = values;
      }
    }
    return some == null ? Optional.empty() : Optional.of(new Pressure(some, full));
  }

  private static String value(String field) {
    return field.substring(field.indexOf('=') + 1);
  }
}
