package io.sandjar.runtime.linux.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MountsTest {
  private static final String V2 =
      "25 30 0:22 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";
  private static final String CPU =
      "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct\n";
  private static final String SYSTEMD =
      "40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd\n";
  private static final String OTHER = "22 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n";

  @Test
  void oneV2TreeIsUnified() {
    Cgroups cgroups = new Cgroups(Mounts.parse(OTHER + V2));

    assertEquals(Cgroups.Layout.UNIFIED, cgroups.layout());
    assertEquals(Optional.of(Path.of("/sys/fs/cgroup")), cgroups.mounts().v2());
  }

  @Test
  void hierarchiesWithControllersAreLegacy() {
    Cgroups cgroups = new Cgroups(Mounts.parse(OTHER + CPU + SYSTEMD));

    assertEquals(Cgroups.Layout.LEGACY, cgroups.layout());
    assertEquals(
        List.of(
            new Hierarchy(Path.of("/sys/fs/cgroup/cpu,cpuacct"), Set.of("cpu", "cpuacct")),
            new Hierarchy(Path.of("/sys/fs/cgroup/systemd"), Set.of("name=systemd"))),
        cgroups.mounts().v1());
  }

  @Test
  void bothAtOnceAreHybrid() {
    assertEquals(
        Cgroups.Layout.HYBRID,
        new Cgroups(Mounts.parse(CPU + V2.replace("cgroup rw", "cgroup/unified rw"))).layout());
  }

  @Test
  void aHierarchyMountedTwiceCountsOnce() {
    String again = CPU.replace("/sys/fs/cgroup/", "/chroot/sys/fs/cgroup/");

    assertEquals(1, Mounts.parse(CPU + again).v1().size());
  }

  @Test
  void aMountPointWithASpaceIsReadAsItIs() {
    assertEquals(
        Optional.of(Path.of("/my cgroups/ä")),
        Mounts.parse("25 30 0:22 / /my\\040cgroups/ä rw - cgroup2 c rw\n").v2());
  }

  @Test
  void theOptionsOfV2AreItsOwnAlone() {
    String mounted = V2.replace("rw,nsdelegate", "rw,seclabel,context=a:b,nsdelegate,favordynmods");

    assertEquals(List.of("nsdelegate", "favordynmods"), Mounts.parse(mounted).v2Options());
  }

  @Test
  void noCgroupAtAllIsRefusedWithAWayOut() {
    var refused =
        assertThrows(IllegalArgumentException.class, () -> new Cgroups(Mounts.parse(OTHER)));

    assertEquals(
        "no cgroup hierarchy is mounted: mount cgroup2 on /sys/fs/cgroup", refused.getMessage());
  }

  @Test
  void aPathCannotLeaveItsHierarchy() {
    Cgroups cgroups = new Cgroups(Mounts.parse(V2));

    assertThrows(IllegalArgumentException.class, () -> cgroups.at("/kubepods/../../etc"));
    assertEquals("/kubepods/pod1", cgroups.at("kubepods//pod1/").path());
  }
}
