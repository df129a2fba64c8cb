package io.sandjar.runtime.pod.schema;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QuantityTest {

  @ParameterizedTest
  @CsvSource({
    "250m, 250, 1",
    "1, 1000, 1",
    "1.5, 1500, 2",
    ".5, 500, 1",
    "64Mi, 67108864000, 67108864",
    "1k, 1000000, 1000",
    "1e3, 1000000, 1000",
    "2E2, 200000, 200",
    "100u, 1, 1",
    "1E, 9223372036854775807, 1000000000000000000",
  })
  void aQuantityIsReadInThousandthsAndWholes(String text, long milli, long whole) {
    assertEquals(milli, Quantity.of(text).milli());
    assertEquals(whole, Quantity.of(text).ceil());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1X", "Mi", "1 Mi", "1e", "0x10", "1,5", "1e999", "--1"})
  void whatIsNoQuantityIsNotRead(String text) {
    assertTrue(Quantity.parse(text).isEmpty(), text);
  }

  @Test
  void differentSpellingsOfAnAmountAreEqualInOrder() {
    assertEquals(0, Quantity.of("1Gi").compareTo(Quantity.of("1024Mi")));
    assertTrue(Quantity.of("1G").compareTo(Quantity.of("1Gi")) < 0);
  }
}
