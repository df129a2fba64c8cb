package io.sandjar.runtime.linux;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AppArmorTest {
  @TempDir Path sys;

  @Test
  void aKernelWithoutItRefusesProfilesAndHasNoDefault() throws IOException {
    AppArmor appArmor = new AppArmor(sys, List.of(sys.resolve("parser")));

    assertFalse(appArmor.enabled());
    assertEquals(Optional.empty(), appArmor.runtimeDefault());
    var refused = assertThrows(IllegalArgumentException.class, () -> appArmor.check("mine"));
    assertTrue(refused.getMessage().contains("this kernel has no AppArmor"));
  }

  @Test
  void aLoadedProfileIsAcceptedAndAMissingOneIsNot() throws IOException {
    load("/usr/bin/man (enforce)\ndocker-default (enforce)\nmine (complain)\n");
    AppArmor appArmor = new AppArmor(sys, List.of(sys.resolve("parser")));

    assertTrue(appArmor.enabled());
    assertDoesNotThrow(() -> appArmor.check("mine"));
    assertThrows(IllegalArgumentException.class, () -> appArmor.check("yours"));
    assertEquals(Optional.of("docker-default"), appArmor.runtimeDefault());
  }

  @Test
  void theOwnProfileIsLoadedOnceWhenItIsFirstNeeded() throws IOException {
    load("/usr/bin/man (enforce)\n");
    parser("cat > '%s/given'; echo 'sandjar-default (enforce)' >> '%s'".formatted(sys, profiles()));
    AppArmor appArmor = new AppArmor(sys, List.of(sys.resolve("parser")));

    assertEquals(Optional.of("sandjar-default"), appArmor.runtimeDefault());
    assertTrue(Files.readString(sys.resolve("given")).contains("profile sandjar-default "));
    Files.delete(sys.resolve("given"));
    assertEquals(Optional.of("sandjar-default"), appArmor.runtimeDefault());
    assertFalse(Files.exists(sys.resolve("given")));
  }

  @Test
  void anotherRuntimesDefaultServesWhereTheOwnCannotBeLoaded() throws IOException {
    load("docker-default (enforce)\n");
    parser("echo no; exit 1");
    AppArmor appArmor = new AppArmor(sys, List.of(sys.resolve("parser")));

    assertEquals(Optional.of("docker-default"), appArmor.runtimeDefault());
  }

  private void parser(String script) throws IOException {
    Path file = Files.writeString(sys.resolve("parser"), "#!/bin/sh\n" + script + "\n");
    assertTrue(file.toFile().setExecutable(true));
  }

  private Path profiles() {
    return sys.resolve("kernel/security/apparmor/profiles");
  }

  private void load(String profiles) throws IOException {
    Path enabled = sys.resolve("module/apparmor/parameters/enabled");
    Files.createDirectories(enabled.getParent());
    Files.writeString(enabled, "Y\n");
    Path list = profiles();
    Files.createDirectories(list.getParent());
    Files.writeString(list, profiles);
  }
}
