package io.sandjar.cli.kube;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigDecimal;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuantityTest {

  @ParameterizedTest
  @CsvSource({
    "250m, 0.25",
    "1, 1",
    "0.1, 0.1",
    "1.5G, 1500000000",
    "64Mi, 67108864",
    "1Ki, 1024",
    "2k, 2000",
    "12345n, 0.000012345",
    "3u, 0.000003",
    "1e3, 1000",
    "1E2, 100",
    "1E, 1000000000000000000",
    "1Ei, 1152921504606846976",
    "-5, -5",
    "nonsense, 0",
    ", 0"
  })
  void anAmountHasAValue(String text, BigDecimal value) {
    assertEquals(
        0, value.compareTo(Quantity.value(text)), () -> text + ": " + Quantity.value(text));
  }

  @ParameterizedTest
  @CsvSource({"250m, 250", "1, 1000", "1n, 1", "1500001n, 2", "0, 0"})
  void processorsAreToldInThousandthsRoundedUp(String text, long milli) {
    assertEquals(milli, Quantity.milli(text));
  }

  @ParameterizedTest
  @CsvSource({"64Mi, 64", "1Gi, 1024", "1048575, 0", "2M, 1"})
  void memoryIsToldInWholeMebibytes(String text, long mebi) {
    assertEquals(mebi, Quantity.mebi(text));
  }
}
