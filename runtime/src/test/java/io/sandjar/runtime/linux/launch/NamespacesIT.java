package io.sandjar.runtime.linux.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.runtime.linux.cgroup.CgroupfsDriver;
import io.sandjar.runtime.linux.cgroup.Cgroups;
import io.sandjar.runtime.linux.launch.Busybox.Options;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Whose namespaces and cgroups a container is in, and what is set in them. */
@Tag("machine")
class NamespacesIT extends BusyboxTest {
  @Test
  void namespacesAreOwnAndTheHostsAreNotSeen() throws Exception {
    String own =
        busybox.say("for n in cgroup ipc mnt net pid uts; do readlink /proc/self/ns/$n; done");
    for (String namespace : own.split("\n")) {
      String kind = namespace.substring(0, namespace.indexOf(':'));
      assertNotEquals(
          Files.readSymbolicLink(Path.of("/proc/self/ns/" + kind)).toString(), namespace);
    }
    assertEquals("1", busybox.say("echo $$"));
    assertEquals(
        "1: lo: <LOOPBACK> mtu 65536 qdisc noop qlen 1000", busybox.say("ip link | head -1"));
  }

  @Test
  void hostNamespacesAreSharedWhenAskedFor() throws Exception {
    Options options =
        new Options().script("for n in ipc net pid uts; do readlink /proc/self/ns/$n; done");
    options.namespaces =
        new Namespaces(
            Namespace.HOST,
            Namespace.HOST,
            Namespace.HOST,
            Namespace.HOST,
            Namespace.OWN,
            Optional.empty());
    for (String namespace : busybox.run(options).line().split("\n")) {
      String kind = namespace.substring(0, namespace.indexOf(':'));
      assertEquals(Files.readSymbolicLink(Path.of("/proc/self/ns/" + kind)).toString(), namespace);
    }
  }

  /** A mount of cgroup2 from the host's cgroup namespace sets its options for all. */
  @Test
  void aPrivilegedContainerLeavesTheOptionsOfTheHostsCgroups() throws Exception {
    try {
      FavorDynmods.switchOn(Cgroups.detect());
    } catch (IOException oldKernel) {
      // Then there may be others to lose.
    }
    var before = Cgroups.detect().mounts();
    Options options = new Options().script("ls -d /sys/fs/cgroup/*/cgroup.procs | wc -l");
    Namespaces own = Namespaces.own();
    options.privileged = true;
    options.namespaces =
        new Namespaces(
            own.net(), own.uts(), own.ipc(), own.pid(), Namespace.HOST, Optional.empty());
    assertNotEquals("0", busybox.run(options).line());
    assertEquals(before, Cgroups.detect().mounts());
  }

  @Test
  void theCgroupIsJoinedAndLooksLikeARoot() throws Exception {
    String id = "sandjar-test-" + UUID.randomUUID();
    var driver = new CgroupfsDriver(Cgroups.detect());
    var cgroup = driver.create("/" + id, "container");
    try {
      Options options =
          new Options()
              .script(
                  "cat /proc/self/cgroup; ls /sys/fs/cgroup | wc -l; (mkdir /sys/fs/cgroup/x) 2>/dev/null || echo ro; exit 3");
      try (var join = cgroup.join()) {
        options.cgroup = Optional.of(join);
        Busybox.Outcome outcome = busybox.run(options);
        assertEquals(3, outcome.exit().code(), outcome.output());
        assertTrue(outcome.output().endsWith("ro\n"), outcome.output());
        outcome
            .output()
            .lines()
            .filter(line -> line.contains(":"))
            .forEach(line -> assertTrue(line.endsWith(":/"), line));
        assertTrue(cgroup.processes().isEmpty());
      }
    } finally {
      cgroup.remove();
      driver.parentAt("/" + id).remove();
    }
  }

  @Test
  void thePidNamespaceOfAnotherContainerCanBeJoined() throws Exception {
    Monitor target = busybox.running(new Options().args("sleep", "1234"));
    try {
      Options options =
          new Options().script("readlink /proc/self/ns/pid; ps -o args | grep -c '^sleep 123[4]'");
      options.namespaces =
          new Namespaces(
              Namespace.OWN,
              Namespace.OWN,
              Namespace.OWN,
              new Namespace.Join(target.pidfd().orElseThrow()),
              Namespace.OWN,
              Optional.empty());
      Path itsNamespace = Path.of("/proc/" + target.id().pid() + "/ns/pid");
      assertEquals(Files.readSymbolicLink(itsNamespace) + "\n1", busybox.run(options).line());
    } finally {
      target.end();
    }
  }
}
