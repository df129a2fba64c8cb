package io.sandjar.runtime.linux.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.runtime.linux.AppArmor;
import io.sandjar.runtime.linux.launch.Busybox.Options;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Profiles on a kernel that has AppArmor. */
@Tag("machine")
@Tag("apparmor")
class AppArmorIT extends BusyboxTest {
  private static final String CURRENT = "cat /proc/self/attr/apparmor/current";

  private static Options confined(String profile, String script) {
    Options options = new Options().script(script);
    options.appArmor = Optional.of(profile);
    // Everything else lets it do what the profile forbids.
    options.privileged = true;
    options.capabilities = CapabilitySets.container(-1L >>> 23 & ~(1L << 24), 0);
    options.masked = List.of();
    options.readOnlyPaths = List.of();
    return options;
  }

  @Test
  void theDefaultProfileIsLoadedAndHolds() throws Exception {
    String profile = new AppArmor().runtimeDefault().orElseThrow();
    assertEquals("sandjar-default", profile);
    String output =
        busybox
            .run(
                confined(
                    profile,
                    CURRENT
                        + "; mount -t tmpfs x /tmp 2>/dev/null || echo no mount"
                        + "; (echo 1 > /proc/sys/vm/drop_caches) 2>/dev/null || echo no vm"
                        + "; (echo h > /proc/sysrq-trigger) 2>/dev/null || echo no sysrq"
                        + "; (echo core > /proc/sys/kernel/core_pattern) 2>/dev/null || echo no core"
                        + "; (echo 0 > /sys/kernel/profiling) 2>/dev/null || echo no sys"
                        + "; echo 4096 > /proc/sys/kernel/msgmax && echo own ipc"
                        + "; echo 100 > /proc/self/oom_score_adj && echo own process"
                        + "; touch /new && ls /bin > /dev/null && kill -0 1 && echo own files"))
            .line();
    assertEquals(
        "sandjar-default (enforce)\nno mount\nno vm\nno sysrq\nno core\nno sys\nown ipc\n"
            + "own process\nown files",
        output);
  }

  @Test
  void anExecutedProcessIsConfinedToo() throws Exception {
    String profile = new AppArmor().runtimeDefault().orElseThrow();
    Monitor container = busybox.running(confined(profile, "exec sleep 1000"));
    try {
      for (boolean noNewPrivileges : List.of(false, true)) {
        Options exec = confined(profile, CURRENT);
        exec.noNewPrivileges = noNewPrivileges;
        assertEquals("sandjar-default (enforce)", busybox.exec(container, exec).line());
      }
    } finally {
      container.end();
    }
  }

  @Test
  void aProfileIsTakenByItsName() throws Exception {
    Path file = folder.resolve("profile");
    java.nio.file.Files.writeString(
        file, "profile sandjar-test flags=(attach_disconnected) { file, capability, }\n");
    VolumesIT.run("apparmor_parser", "--skip-cache", "--replace", file.toString());
    try {
      new AppArmor().check("sandjar-test");
      assertEquals("sandjar-test (enforce)", busybox.run(confined("sandjar-test", CURRENT)).line());
    } finally {
      VolumesIT.run("apparmor_parser", "--remove", file.toString());
    }
  }

  @Test
  void aProfileThatIsNotLoadedIsNamedInTheError() {
    LaunchException refused =
        assertThrows(LaunchException.class, () -> busybox.run(confined("sandjar-missing", "true")));
    assertTrue(refused.getMessage().contains("sandjar-missing"), refused.getMessage());
  }
}
