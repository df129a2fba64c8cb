package io.sandjar.runtime.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SignalsTest {

  @ParameterizedTest
  @CsvSource({
    "SIGTERM, 15",
    "TERM, 15",
    "sigterm, 15",
    "15, 15",
    "SIGHUP, 1",
    "SIGSYS, 31",
    "SIGIOT, 6",
    "SIGCLD, 17",
    "SIGPOLL, 29",
    "SIGRTMIN, 34",
    "SIGRTMIN+3, 37",
    "RTMIN+15, 49",
    "SIGRTMAX-14, 50",
    "SIGRTMAX, 64",
    "SIGRTMINPLUS3, 37",
    "SIGRTMAXMINUS14, 50",
    "SIGWINCH, 28"
  })
  void everyWayToWriteASignalIsRead(String name, int number) {
    assertEquals(number, Signals.parse(name));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "0", "65", "999", "SIGNOPE", "SIGRTMIN+31", "SIGRTMIN-1", "SIGRTMAX+1"})
  void whatIsNoSignalIsRefused(String name) {
    assertThrows(IllegalArgumentException.class, () -> Signals.parse(name));
  }

  @Test
  void aNameReadsBackAsItsNumber() {
    for (int number = 1; number <= 31; number++) {
      assertEquals(number, Signals.parse(Signals.name(number)));
    }
    for (int number = 34; number <= 64; number++) {
      assertEquals(number, Signals.parse(Signals.name(number)));
    }
  }
}
