package io.sandjar.runtime.pod.schema;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A Kubernetes quantity: {@code 250m}, {@code 1.5}, {@code 64Mi}, {@code 1e3}. */
public record Quantity(BigDecimal value) implements Comparable<Quantity> {
  private static final Pattern FORM =
      Pattern.compile(
          "([+-]?(?:\\d+\\.?\\d*|\\.\\d+))(?:([eE][+-]?\\d{1,2})|([KMGTPE]i|[numkMGTPE])?)");
  private static final Map<String, BigDecimal> SUFFIXES =
      Map.ofEntries(
          Map.entry("n", BigDecimal.ONE.scaleByPowerOfTen(-9)),
          Map.entry("u", BigDecimal.ONE.scaleByPowerOfTen(-6)),
          Map.entry("m", BigDecimal.ONE.scaleByPowerOfTen(-3)),
          Map.entry("k", BigDecimal.ONE.scaleByPowerOfTen(3)),
          Map.entry("M", BigDecimal.ONE.scaleByPowerOfTen(6)),
          Map.entry("G", BigDecimal.ONE.scaleByPowerOfTen(9)),
          Map.entry("T", BigDecimal.ONE.scaleByPowerOfTen(12)),
          Map.entry("P", BigDecimal.ONE.scaleByPowerOfTen(15)),
          Map.entry("E", BigDecimal.ONE.scaleByPowerOfTen(18)),
          Map.entry("Ki", BigDecimal.valueOf(1L << 10)),
          Map.entry("Mi", BigDecimal.valueOf(1L << 20)),
          Map.entry("Gi", BigDecimal.valueOf(1L << 30)),
          Map.entry("Ti", BigDecimal.valueOf(1L << 40)),
          Map.entry("Pi", BigDecimal.valueOf(1L << 50)),
          Map.entry("Ei", BigDecimal.valueOf(1L << 60)));
  private static final int LONGEST = 64;

  public static final Quantity ZERO = new Quantity(BigDecimal.ZERO);

  /** The quantity that the text (or number) says; empty where it says none. */
  public static Optional<Quantity> parse(Object written) {
    String text = written instanceof BigDecimal big ? big.toPlainString() : written.toString();
    Matcher matcher = text.length() > LONGEST ? null : FORM.matcher(text);
    if (matcher == null || !matcher.matches()) {
      return Optional.empty();
    }
    var number = new BigDecimal(matcher.group(1));
    if (matcher.group(2) != null) {
      number = number.scaleByPowerOfTen(Integer.parseInt(matcher.group(2).substring(1)));
    } else if (matcher.group(3) != null) {
      number = number.multiply(SUFFIXES.get(matcher.group(3)));
    }
    return Optional.of(new Quantity(number));
  }

  /** The quantity of a text that was validated before. */
  public static Quantity of(Object written) {
    return parse(written)
        .orElseThrow(() -> new IllegalArgumentException("not a quantity: " + written));
  }

  /** In whole units, rounded up as Kubernetes does. */
  public long ceil() {
    return clamped(value.setScale(0, RoundingMode.CEILING));
  }

  /** In thousandths, rounded up: cpu's millicores. */
  public long milli() {
    return clamped(value.scaleByPowerOfTen(3).setScale(0, RoundingMode.CEILING));
  }

  public Quantity plus(Quantity other) {
    return new Quantity(value.add(other.value));
  }

  public boolean isNegative() {
    return value.signum() < 0;
  }

  public boolean isZero() {
    return value.signum() == 0;
  }

  private static long clamped(BigDecimal whole) {
    return whole.min(BigDecimal.valueOf(Long.MAX_VALUE)).longValue();
  }

  @Override
  public int compareTo(Quantity other) {
    return value.compareTo(other.value);
  }
}
