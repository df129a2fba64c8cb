package io.sandjar.runtime.linux.cgroup;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SliceNameTest {

  @ParameterizedTest
  @CsvSource({
    "kubepods-burstable-pod1_2.slice,"
        + " /kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1_2.slice",
    "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1_2.slice,"
        + " /kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1_2.slice",
    "system.slice, /system.slice",
    "/sandjar/pod-a, /sandjar.slice/sandjar-pod_a.slice",
    "-.slice, /",
    "/, /"
  })
  void aNameSpellsItsPlace(String parent, String path) {
    assertEquals(path, SliceName.of(parent).path());
  }

  @ParameterizedTest
  @ValueSource(strings = {".slice", "a--b.slice", "-a.slice", "a-.slice", "/a/../b.slice"})
  void whatIsNoSliceIsRefused(String parent) {
    assertThrows(IllegalArgumentException.class, () -> SliceName.of(parent));
  }

  @Test
  void aCpuListIsAMaskWithTheLowestByteFirst() {
    assertArrayEquals(new byte[] {0x0f, 0x01}, SystemdProperties.mask("0-3,8"));
    assertArrayEquals(new byte[] {0x20}, SystemdProperties.mask("5"));
    assertThrows(IllegalArgumentException.class, () -> SystemdProperties.mask("3-1"));
    assertThrows(IllegalArgumentException.class, () -> SystemdProperties.mask("all"));
  }
}
