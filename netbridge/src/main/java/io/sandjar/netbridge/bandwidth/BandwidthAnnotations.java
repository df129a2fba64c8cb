package io.sandjar.netbridge.bandwidth;

import io.sandjar.netbridge.Bandwidth;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads a pod's bandwidth annotations as the kubelet does. */
public final class BandwidthAnnotations {
  public static final String INGRESS = "kubernetes.io/ingress-bandwidth";
  public static final String EGRESS = "kubernetes.io/egress-bandwidth";

  private static final long MIN = 1_000;
  private static final long MAX = 1_000_000_000_000_000L;
  private static final Pattern QUANTITY =
      Pattern.compile("([+-]?[0-9]*\\.?[0-9]*)(([KMGTPE]i)|[numkMGTPE]|([eE][+-]?[0-9]+))?");
  private static final Map<String, BigDecimal> SUFFIXES =
      Map.ofEntries(
          Map.entry("n", new BigDecimal("1e-9")),
          Map.entry("u", new BigDecimal("1e-6")),
          Map.entry("m", new BigDecimal("1e-3")),
          Map.entry("k", new BigDecimal("1e3")),
          Map.entry("M", new BigDecimal("1e6")),
          Map.entry("G", new BigDecimal("1e9")),
          Map.entry("T", new BigDecimal("1e12")),
          Map.entry("P", new BigDecimal("1e15")),
          Map.entry("E", new BigDecimal("1e18")),
          Map.entry("Ki", BigDecimal.valueOf(1L << 10)),
          Map.entry("Mi", BigDecimal.valueOf(1L << 20)),
          Map.entry("Gi", BigDecimal.valueOf(1L << 30)),
          Map.entry("Ti", BigDecimal.valueOf(1L << 40)),
          Map.entry("Pi", BigDecimal.valueOf(1L << 50)),
          Map.entry("Ei", BigDecimal.valueOf(1L << 60)));

  private BandwidthAnnotations() {}

  /**
   * @throws IllegalArgumentException if a value is no quantity, or not between 1k and 1P bits per
   *     second
   */
  public static Bandwidth parse(Map<String, String> annotations) {
    return new Bandwidth(bits(annotations, INGRESS), bits(annotations, EGRESS));
  }

  private static long bits(Map<String, String> annotations, String key) {
    String text = annotations.get(key);
    if (text == null) {
      return 0;
    }
    BigDecimal bits = quantity(key, text).setScale(0, RoundingMode.CEILING);
    if (bits.compareTo(BigDecimal.valueOf(MIN)) < 0
        || bits.compareTo(BigDecimal.valueOf(MAX)) > 0) {
      throw new IllegalArgumentException(
          "annotation " + key + ": " + text + " is not between 1k and 1P bits per second");
    }
    return bits.longValueExact();
  }

  private static BigDecimal quantity(String key, String text) {
    Matcher matcher = QUANTITY.matcher(text);
    try {
      if (matcher.matches()) {
        if (matcher.group(4) != null) {
          return new BigDecimal(matcher.group(1) + matcher.group(4));
        }
        BigDecimal number = new BigDecimal(matcher.group(1));
        return matcher.group(2) == null ? number : number.multiply(SUFFIXES.get(matcher.group(2)));
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(notAQuantity(key, text), e);
    }
    throw new IllegalArgumentException(notAQuantity(key, text));
  }

  private static String notAQuantity(String key, String text) {
    return "annotation " + key + ": \"" + text + "\" is no quantity like 10M";
  }
}
