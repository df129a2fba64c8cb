package io.sandjar.runtime.linux.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class PressureTest {

  @Test
  void bothLinesAreRead() {
    var pressure =
        Pressure.parse(
            "some avg10=1.50 avg60=0.25 avg300=0.00 total=123456\n"
                + "full avg10=0.50 avg60=0.00 avg300=0.00 total=1234");

    assertEquals(
        Optional.of(
            new Pressure(
                new Pressure.Line(1.5, 0.25, 0, 123_456), new Pressure.Line(0.5, 0, 0, 1234))),
        pressure);
  }

  @Test
  void aKernelThatKeepsNoneSaysNothing() {
    assertEquals(Optional.empty(), Pressure.parse(""));
  }
}
