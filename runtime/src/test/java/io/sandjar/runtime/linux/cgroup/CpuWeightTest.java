package io.sandjar.runtime.linux.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class CpuWeightTest {

  @Test
  void theKernelsDefaultsMapOntoEachOther() {
    assertEquals(100, CpuWeight.ofShares(1024));
  }

  @Test
  void theEndsMapOntoEachOther() {
    assertEquals(1, CpuWeight.ofShares(2));
    assertEquals(10_000, CpuWeight.ofShares(262_144));
  }

  @Test
  void whatIsBeyondTheEndsIsTakenForTheEnd() {
    assertEquals(1, CpuWeight.ofShares(1));
    assertEquals(10_000, CpuWeight.ofShares(1_000_000));
  }

  @Test
  void moreSharesNeverWeighLess() {
    long last = 0;
    for (long shares = 2; shares <= 262_144; shares++) {
      long weight = CpuWeight.ofShares(shares);
      assertTrue(weight >= last && weight >= 1 && weight <= 10_000, shares + " -> " + weight);
      last = weight;
    }
  }
}
