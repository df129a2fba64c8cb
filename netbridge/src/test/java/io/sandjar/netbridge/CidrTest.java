package io.sandjar.netbridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CidrTest {

  @Test
  void clearsTheHostBitsForTheNetwork() {
    assertEquals(Cidr.parse("10.1.4.0/22"), Cidr.parse("10.1.7.9/22").network());
    assertEquals(Cidr.parse("fd01:0:0:8::/61"), Cidr.parse("fd01:0:0:f::5/61").network());
  }

  @Test
  void countsFromTheNetwork() {
    assertEquals("10.1.1.4", Cidr.parse("10.1.0.0/16").at(260).getHostAddress());
    assertEquals(Cidr.address("fd01::1:0:0"), Cidr.parse("fd01::/64").at(1L << 32));
    assertThrows(IllegalArgumentException.class, () -> Cidr.parse("10.1.0.0/30").at(4));
  }

  @Test
  void knowsOverlapsInBothDirections() {
    Cidr wide = Cidr.parse("10.0.0.0/8");
    Cidr narrow = Cidr.parse("10.1.0.0/24");
    assertTrue(wide.overlaps(narrow) && narrow.overlaps(wide));
    assertFalse(narrow.overlaps(Cidr.parse("10.1.1.0/24")));
    assertFalse(wide.overlaps(Cidr.parse("fd00::/8")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "10.1.0.0/24",
        "fd01::/64",
        "::/0",
        "::1/128",
        "2001:db8:0:1:1:1:1:1/128",
        "2001:db8::1:0:0:1/128",
        "1:2:3:4:5:6:7:8/128"
      })
  void isWrittenInItsShortForm(String text) {
    assertEquals(text, Cidr.parse(text).toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"10.1.0.0/33", "10.1.0.0/x", "localhost/8", "10.1.0/24", "fd01::/129", "", "/8"})
  void refusesWhatIsNoNetwork(String text) {
    assertThrows(IllegalArgumentException.class, () -> Cidr.parse(text));
  }
}
