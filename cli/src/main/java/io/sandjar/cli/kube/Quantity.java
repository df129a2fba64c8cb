package io.sandjar.cli.kube;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.regex.Pattern;

/** Kubernetes' amounts: {@code 250m}, {@code 64Mi}, {@code 1.5G}, {@code 12345n}. */
public final class Quantity {
  private static final Pattern FORM =
      Pattern.compile("([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)(n|u|m|k|Ki|[MGTPE]i?)?");
  private static final List<String> DECIMAL =
      List.of("n", "u", "m", "", "k", "M", "G", "T", "P", "E");
  private static final List<String> BINARY = List.of("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei");

  private Quantity() {}

  /** Its value; 0 where there is none. */
  public static BigDecimal value(Object text) {
    var form = FORM.matcher(String.valueOf(text));
    if (!form.matches()) {
      return BigDecimal.ZERO;
    }
    var number = new BigDecimal(form.group(1));
    var unit = form.group(2) == null ? "" : form.group(2);
    return BINARY.contains(unit)
        ? number.multiply(BigDecimal.valueOf(1024).pow(BINARY.indexOf(unit)))
        : number.scaleByPowerOfTen(3 * (DECIMAL.indexOf(unit) - 3));
  }

  /** In thousandths, rounded up, as CPU time is told. */
  public static long milli(Object text) {
    return value(text).scaleByPowerOfTen(3).setScale(0, RoundingMode.CEILING).longValue();
  }

  /** In whole mebibytes, as memory is told. */
  public static long mebi(Object text) {
    return value(text).longValue() / (1024 * 1024);
  }
}
