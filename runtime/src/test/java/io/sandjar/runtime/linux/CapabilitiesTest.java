package io.sandjar.runtime.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CapabilitiesTest {
  private static final long ALL = (1L << 41) - 1;
  private static final long DEFAULT_MASK = 0xa80425fbL; // As Docker's containers show CapEff.

  @Test
  void theDefaultIsTheKnownSet() {
    Capabilities granted = Capabilities.forContainer(List.of(), List.of(), List.of(), ALL);

    assertEquals(new Capabilities(DEFAULT_MASK, DEFAULT_MASK, DEFAULT_MASK, 0, 0), granted);
  }

  @Test
  void bitsAreTheKernels() {
    assertEquals(1L << 12, Capability.CAP_NET_ADMIN.bit());
    assertEquals(1L << 21, Capability.CAP_SYS_ADMIN.bit());
    assertEquals(1L << 40, Capability.CAP_CHECKPOINT_RESTORE.bit());
  }

  @Test
  void namesWorkWithAndWithoutPrefixInAnyCase() {
    assertEquals(Capability.CAP_SYS_ADMIN, Capability.named("SYS_ADMIN"));
    assertEquals(Capability.CAP_SYS_ADMIN, Capability.named("cap_sys_admin"));
  }

  @Test
  void anUnknownNameIsRefused() {
    assertThrows(
        IllegalArgumentException.class,
        () -> Capabilities.forContainer(List.of("SYS_MAGIC"), List.of(), List.of(), ALL));
  }

  @Test
  void dropAllWithAnAddLeavesTheAddOnly() {
    assertEquals(
        Capability.CAP_NET_BIND_SERVICE.bit(),
        Capabilities.forContainer(List.of("NET_BIND_SERVICE"), List.of("ALL"), List.of(), ALL)
            .effective());
  }

  @Test
  void addAllWithADropLeavesTheRest() {
    assertEquals(
        ALL & ~Capability.CAP_NET_ADMIN.bit(),
        Capabilities.forContainer(List.of("all"), List.of("CAP_NET_ADMIN"), List.of(), ALL)
            .bounding());
  }

  @Test
  void whatTheDaemonLacksIsLeftOutAndNamed() {
    long available = ALL & ~Capability.CAP_SYS_RESOURCE.bit();

    assertEquals(
        available,
        Capabilities.forContainer(List.of("ALL"), List.of(), List.of(), available).permitted());
    assertEquals(
        List.of(Capability.CAP_SYS_RESOURCE),
        Capabilities.lacking(List.of("SYS_RESOURCE", "KILL"), available));
    assertEquals(available, Capabilities.privileged(available).effective());
  }

  @Test
  void onlyAmbientOnesAreInheritable() {
    Capabilities granted =
        Capabilities.forContainer(List.of(), List.of(), List.of("NET_ADMIN"), ALL);

    assertEquals(Capability.CAP_NET_ADMIN.bit(), granted.ambient());
    assertEquals(Capability.CAP_NET_ADMIN.bit(), granted.inheritable());
    assertTrue((granted.permitted() & granted.ambient()) != 0);
  }

  @Test
  void aMaskAndItsNamesAreTheSame() {
    assertEquals(Set.of(Capability.CAP_CHOWN, Capability.CAP_BPF), Capabilities.set(1 | 1L << 39));
    assertEquals(DEFAULT_MASK, Capabilities.mask(Capabilities.DEFAULT));
  }
}
