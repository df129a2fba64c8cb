package io.sandjar.runtime.linux;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AppArmorTest {
  @TempDir Path sys;

  @Test
  void aKernelWithoutItRefusesProfilesAndHasNoDefault() throws IOException {
    AppArmor appArmor = new AppArmor(sys);

    assertFalse(appArmor.enabled());
    assertEquals(Optional.empty(), appArmor.runtimeDefault());
    var refused = assertThrows(IllegalArgumentException.class, () -> appArmor.check("mine"));
    assertTrue(refused.getMessage().contains("this kernel has no AppArmor"));
  }

  @Test
  void aLoadedProfileIsAcceptedAndAMissingOneIsNot() throws IOException {
    load("/usr/bin/man (enforce)\ndocker-default (enforce)\nmine (complain)\n");
    AppArmor appArmor = new AppArmor(sys);

    assertTrue(appArmor.enabled());
    assertDoesNotThrow(() -> appArmor.check("mine"));
    assertThrows(IllegalArgumentException.class, () -> appArmor.check("yours"));
    assertEquals(Optional.of("docker-default"), appArmor.runtimeDefault());
  }

  private void load(String profiles) throws IOException {
    Path enabled = sys.resolve("module/apparmor/parameters/enabled");
    Files.createDirectories(enabled.getParent());
    Files.writeString(enabled, "Y\n");
    Path list = sys.resolve("kernel/security/apparmor/profiles");
    Files.createDirectories(list.getParent());
    Files.writeString(list, profiles);
  }
}
