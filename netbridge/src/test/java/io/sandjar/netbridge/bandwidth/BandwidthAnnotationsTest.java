package io.sandjar.netbridge.bandwidth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.netbridge.Bandwidth;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BandwidthAnnotationsTest {

  @Test
  void aPodWithoutAnnotationsIsUnlimited() {
    assertEquals(Bandwidth.UNLIMITED, BandwidthAnnotations.parse(Map.of()));
  }

  @ParameterizedTest
  @CsvSource({
    "10M, 10000000",
    "1k, 1000",
    "1Mi, 1048576",
    "1.5G, 1500000000",
    "1e6, 1000000",
    "12345, 12345",
    "2500500m, 2501",
    "1P, 1000000000000000"
  })
  void quantitiesAreBitsPerSecond(String text, long bits) {
    assertEquals(
        new Bandwidth(bits, 0),
        BandwidthAnnotations.parse(Map.of(BandwidthAnnotations.INGRESS, text)));
    assertEquals(
        new Bandwidth(0, bits),
        BandwidthAnnotations.parse(Map.of(BandwidthAnnotations.EGRESS, text)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "fast", "10 M", "10Mbit", ".", "-1M", "999", "1E", "0"})
  void whatIsNoBandwidthIsRefusedByName(String text) {
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () -> BandwidthAnnotations.parse(Map.of(BandwidthAnnotations.EGRESS, text)))
            .getMessage();
    assertTrue(message.contains(BandwidthAnnotations.EGRESS), message);
    assertTrue(message.contains(text), message);
  }
}
