package io.sandjar.runtime.api.pod;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class PodStreamsTest {

  @Test
  void portsMayStandTogetherOrApart() {
    assertEquals(List.of(80, 8080, 65535), PodStreams.ports(List.of("80,8080", "65535")));
    assertEquals(List.of(), PodStreams.ports(List.of()));
  }

  @Test
  void whatIsNoPortIsNamed() {
    for (String wrong : List.of("x", "0", "-1", "65536", "80,", "", "99999999999")) {
      var refused =
          assertThrows(
              IllegalArgumentException.class, () -> PodStreams.ports(List.of("80", wrong)));
      assertEquals(
          "ports: '" + wrong.replace("80,", "") + "' is no number between 1 and 65535",
          refused.getMessage());
    }
  }
}
