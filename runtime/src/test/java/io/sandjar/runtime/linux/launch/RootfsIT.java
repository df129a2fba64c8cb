package io.sandjar.runtime.linux.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.netbridge.sys.KernelVersion;
import io.sandjar.runtime.image.fixture.Commands;
import io.sandjar.runtime.linux.cgroup.Cgroups;
import io.sandjar.runtime.linux.launch.Busybox.Options;
import io.sandjar.runtime.linux.mount.Mount;
import io.sandjar.runtime.linux.mount.Rootfs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A container's root, and what is in it of the kernel's own: dev, proc, sys and cgroups. */
@Tag("machine")
class RootfsIT extends BusyboxTest {
  @Test
  void theRootIsTheImageWithAWritableLayerThatTheHostDoesNotSee() throws Exception {
    assertEquals("ok", busybox.say("echo ok > /new; cat /new"));
    assertTrue(Files.exists(folder.resolve("container0/upper/new")));
    assertFalse(Files.exists(busybox.image.resolve("new")));
    assertFalse(Files.readString(Path.of("/proc/self/mountinfo")).contains(folder.toString()));
    assertEquals("1", busybox.say("grep -c ' / / ' /proc/self/mountinfo"));
  }

  @Test
  void aReadOnlyRootCannotBeWrittenButVolumesCan() throws Exception {
    Path volume = Files.createDirectory(folder.resolve("volume"));
    Options options = new Options().script("touch /x 2>/dev/null || touch /vol/y && ls /vol");
    options.readOnly = true;
    options.volumes = List.of(Mount.Bind.of(volume, "/vol"));
    assertEquals("y", busybox.run(options).line());
  }

  @Test
  void aPlainFolderCanBeTheRoot() throws Exception {
    Options options = new Options().script("ls /bin/busybox; touch /x && echo written");
    options.rootfs = new Rootfs.Directory(busybox.image, true);
    // A read-only root still gets its mountpoints made, as long as they can be.
    Busybox.Outcome outcome = busybox.run(options);
    assertTrue(outcome.output().startsWith("/bin/busybox\n"), outcome.output());
    assertFalse(outcome.output().contains("written"), outcome.output());
  }

  /** Named alone, or as the fsync option that newer kernels show. */
  private static final String IS_VOLATILE =
      "grep -c '^[^ ]* / overlay .*[,=]volatile' /proc/mounts";

  @Test
  void theWritableLayerIsVolatile() throws Exception {
    assertEquals("1", busybox.say(IS_VOLATILE));
  }

  /** The kernel then refuses volatile overlays, until somebody is told of the loss. */
  @Test
  void aDiskThatLostAWriteStillTakesContainers() throws Exception {
    Path small = Files.createDirectory(folder.resolve("small"));
    Path disk = Files.createDirectory(folder.resolve("disk"));
    try {
      Commands.run(
          "sh",
          "-euc",
          """
          mount -t tmpfs -o size=16m tmpfs %1$s
          truncate -s 200M %1$s/image
          mke2fs -q -F -t ext4 -O ^has_journal -N 1000 %1$s/image
          mount -o loop %1$s/image %2$s
          mkdir %2$s/upper %2$s/work
          ! dd if=/dev/zero of=%2$s/fill bs=1M count=40 conv=fsync 2> /dev/null
          """
              .formatted(small, disk));
      Options options = new Options().script("touch /new; ls /new; " + IS_VOLATILE + " || true");
      options.rootfs =
          new Rootfs.Overlay(
              List.of(busybox.image), disk.resolve("upper"), disk.resolve("work"), false);
      assertEquals("/new\n0", busybox.run(options).line());
      options.rootfs =
          new Rootfs.Overlay(
              manyLayers().lower(), disk.resolve("upper"), disk.resolve("work"), false);
      options.stdio = Stdio.Files.none();
      LauncherConfig config = LauncherConfig.of(folder, Cgroups.detect());
      try (Launcher older = new Launcher(config, new KernelVersion(6, 1))) {
        assertEquals("/new\n0", busybox.run(older, options).line());
      }
    } finally {
      Commands.run("sh", "-c", "umount -l %s; umount -l %s".formatted(disk, small));
    }
  }

  private Rootfs.Overlay manyLayers() throws Exception {
    List<Path> lower = new ArrayList<>();
    for (int i = 0; i < 120; i++) {
      Path layer = Files.createDirectories(folder.resolve("layers/" + i + "/fs"));
      Files.writeString(layer.resolve("layer" + i), "");
      lower.add(layer);
    }
    lower.add(busybox.image);
    Rootfs.Overlay usual = busybox.overlay(false);
    return new Rootfs.Overlay(lower, usual.upper(), usual.work(), false);
  }

  @Test
  void anImageOfManyLayersHasAllOfThem() throws Exception {
    Options options = new Options().script("ls / | grep -c layer; " + IS_VOLATILE);
    options.rootfs = manyLayers();
    assertEquals("120\n1", busybox.run(options).line());
  }

  @Test
  void anImageOfManyLayersHasAllOfThemOnAnOlderKernelToo() throws Exception {
    Options options = new Options().script("touch /new; ls / | grep -c layer; " + IS_VOLATILE);
    options.rootfs = manyLayers();
    options.stdio = Stdio.Files.none();
    LauncherConfig config = LauncherConfig.of(folder, Cgroups.detect());
    try (Launcher older = new Launcher(config, new KernelVersion(6, 1))) {
      String plan = String.join("\n", older.plan(busybox.launch(options)));
      assertTrue(plan.contains("mount(\"overlay\""), plan);
      assertEquals("120\n1", busybox.run(older, options).line());
    }
    assertTrue(Files.exists(((Rootfs.Overlay) options.rootfs).upper().resolve("new")));
    assertFalse(Files.readString(Path.of("/proc/self/mountinfo")).contains(folder.toString()));
  }

  @Test
  void devHasTheStandardNodesAndLinksAndAPrivateDevpts() throws Exception {
    assertEquals(
        "1:3 666\n1:5 666\n1:7 666\n1:8 666\n1:9 666\n5:0 666\n/proc/self/fd\npts/ptmx\n0",
        busybox.say(
            "stat -c '%t:%T %a' /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty;"
                + "readlink /dev/fd; readlink /dev/ptmx; ls /dev/pts | grep -vc ptmx || true"));
    assertEquals("mqueue", busybox.say("grep ' /dev/mqueue ' /proc/mounts | cut -d' ' -f3"));
  }

  @Test
  void aDeviceOfTheHostIsShownWhereItIsAskedFor() throws Exception {
    Options options = new Options().script("stat -c %t:%T /dev/net/tun /dev/my/zero /devices/null");
    options.devices =
        List.of(
            new DeviceNode("/dev/net/tun", Path.of("/dev/net/tun"), false, 10, 200, 0666, 0, 0),
            HostDevices.at(Path.of("/dev/zero"), "/dev/my/zero"),
            HostDevices.at(Path.of("/dev/null"), "/devices/null"));
    assertEquals("a:c8\n1:5\n1:3", busybox.run(options).line());
    assertTrue(HostDevices.all().stream().anyMatch(node -> node.path().equals("/dev/null")));
  }

  @Test
  void sysAndProcAreReadOnlyWhereTheyHaveToBe() throws Exception {
    assertEquals(
        "ro\nro\nfine",
        busybox.say(
            "grep ' /sys ' /proc/mounts | cut -d' ' -f4 | cut -d, -f1;"
                + "grep ' /proc/sys ' /proc/mounts | cut -d' ' -f4 | cut -d, -f1;"
                + "(echo 1 > /proc/sysrq-trigger) 2>/dev/null || echo fine"));
    Options privileged =
        new Options().script("grep ' /sys ' /proc/mounts | cut -d' ' -f4 | cut -d, -f1");
    privileged.privileged = true;
    assertEquals("rw", busybox.run(privileged).line());
  }

  @Test
  void maskedPathsAreEmptyAndMissingOnesDoNoHarm() throws Exception {
    Options options =
        new Options()
            .script(
                "wc -c < /proc/version; ls /sys/firmware | wc -l; touch /sys/firmware/x 2>/dev/null || echo no; echo x > /etc/secret; wc -c < /etc/secret");
    Files.writeString(busybox.image.resolve("etc/secret"), "secret");
    options.masked =
        List.of("/proc/version", "/sys/firmware", "/etc/secret", "/proc/nothing", "/a/b/c");
    assertEquals("0\n0\nno\n0", busybox.run(options).line());
  }

  @Test
  void theWorkingDirectoryIsMadeWhereItIsMissing() throws Exception {
    Options options = new Options().script("pwd");
    options.workingDirectory = "/some/where/new";
    assertEquals("/some/where/new", busybox.run(options).line());
  }
}
