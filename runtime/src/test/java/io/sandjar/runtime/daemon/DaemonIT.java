package io.sandjar.runtime.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.cri.v1.RuntimeConfigRequest;
import io.sandjar.cri.v1.StatusRequest;
import io.sandjar.cri.v1.VersionRequest;
import io.sandjar.runtime.Build;
import io.sandjar.runtime.linux.cgroup.Cgroups;
import io.sandjar.runtime.linux.launch.FavorDynmods;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DaemonIT {
  /** Many more steps of the engine than those after which it looks at its memory. */
  private static final int SHORT_LIVES = 100;

  /** It is 70 to 95 MiB; a heap that is kept, or an archive that is copied, takes 40 to 90 more. */
  private static final long IDLE_KIB = 130 << 10;

  @TempDir private Path folder;
  private Path first;
  private Path second;

  @BeforeEach
  void folders() throws IOException {
    first = Files.createDirectory(folder.resolve("first"));
    second = Files.createDirectory(folder.resolve("second"));
  }

  @Test
  @Tag("machine")
  void answersAClientAndStopsCleanlyOnSigterm() throws Exception {
    try (var daemon = DaemonProcess.start(first)) {
      try (var client = daemon.client()) {
        var version = client.runtime().version(VersionRequest.getDefaultInstance());
        assertEquals("sandjar", version.getRuntimeName());
        // Containers' environments and volumes lie in there.
        assertEquals(
            "rwx------",
            PosixFilePermissions.toString(Files.getPosixFilePermissions(first.resolve("root"))));
        assertEquals(Build.current().version(), version.getRuntimeVersion());

        var status = client.runtime().status(StatusRequest.newBuilder().setVerbose(true).build());
        assertEquals(
            "RuntimeReady,NetworkReady",
            status.getStatus().getConditionsList().stream()
                .map(condition -> condition.getType())
                .collect(Collectors.joining(",")));
        assertEquals("", status.getRuntimeHandlers(0).getName());
        assertTrue(status.getInfoMap().get("config").contains(first.toString()));

        var config = client.runtime().runtimeConfig(RuntimeConfigRequest.getDefaultInstance());
        assertEquals("CGROUPFS", config.getLinux().getCgroupDriver().name());
        assertTrue(
            FavorDynmods.isOn(Cgroups.detect())
                || Cgroups.detect().mounts().v2().isEmpty()
                || daemon.log().contains("containers start some ms later"),
            daemon.log());
      }
      // CRI answers before the start's end, in whose middle a slow machine stops without cleaning.
      daemon.awaitLog("serving kubectl");
      assertEquals(0, daemon.terminate());
      assertFalse(Files.exists(daemon.criSocket()));
      assertFalse(Files.exists(daemon.httpSocket()));
      assertTrue(daemon.log().contains("containers are left running"), daemon.log());
    }
  }

  @Test
  void aSecondDaemonOnTheSameRootIsRefused() throws Exception {
    try (var daemon = DaemonProcess.start(first);
        var other = DaemonProcess.launch(second, Map.of(), "--root=" + first.resolve("root"))) {
      assertEquals(1, other.exitStatus());
      assertTrue(
          other
              .log()
              .contains(
                  "lock the root folder %s: another daemon (process %d) uses it"
                      .formatted(first.resolve("root"), daemon.pid())),
          other.log());
    }
  }

  @Test
  void aSocketThatAnotherDaemonServesIsNotTaken() throws Exception {
    try (var daemon = DaemonProcess.start(first);
        var other = DaemonProcess.launch(second, Map.of(), "--listen=" + daemon.criSocket())) {
      assertEquals(1, other.exitStatus());
      assertTrue(other.log().contains("another process listens there"), other.log());
      try (var client = daemon.client()) {
        client.runtime().version(VersionRequest.getDefaultInstance());
      }
    }
  }

  @Test
  void twoDaemonsRunSideBySide() throws Exception {
    try (var one = DaemonProcess.start(first);
        var two = DaemonProcess.start(second);
        var clientOfOne = one.client();
        var clientOfTwo = two.client()) {
      clientOfOne.runtime().version(VersionRequest.getDefaultInstance());
      clientOfTwo.runtime().version(VersionRequest.getDefaultInstance());
    }
  }

  @Test
  void aKilledDaemonsSocketsDoNotStopTheNext() throws Exception {
    try (var killed = DaemonProcess.start(first)) {
      killed.kill();
      assertTrue(Files.exists(killed.criSocket()));
    }
    try (var next = DaemonProcess.start(first);
        var client = next.client()) {
      client.runtime().version(VersionRequest.getDefaultInstance());
    }
  }

  /** Each is set aside or replaced, whichever it is: none of them is worth a node that is down. */
  @Test
  void noFolderInPlaceOfAFileKeepsTheNextDaemonFromStarting() throws Exception {
    List<Path> files;
    try (var killed = DaemonProcess.start(first)) {
      killed.awaitSettled();
      killed.kill();
      try (var all = Files.walk(first.resolve("root"))) {
        files = all.filter(Files::isRegularFile).toList();
      }
      for (Path file : files) {
        Files.delete(file);
        Files.createDirectories(file.resolve("full"));
      }
    }
    assertTrue(files.contains(first.resolve("root/network/provider")), files::toString);
    try (var next = DaemonProcess.start(first);
        var client = next.client()) {
      next.awaitLog("serving kubectl; its kubeconfig is ");
      client.runtime().version(VersionRequest.getDefaultInstance());
      for (Path file : files) {
        assertFalse(Files.isDirectory(file), file::toString);
      }
    }
  }

  /** The files in /proc of a process that may not be dumped are root's, whoever's it is. */
  @Test
  void itsMemoryIsNotDumped() throws Exception {
    int group = 54_321;
    try (var daemon = DaemonProcess.startInGroup(first, group)) {
      assertEquals(0, groupOfFiles(daemon.pid()));
      Process other = new ProcessBuilder(DaemonProcess.inGroup(group, "sleep", "1000")).start();
      try {
        for (long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
            groupOfFiles(other.pid()) != group;
            TimeUnit.MILLISECONDS.sleep(20)) {
          assertTrue(System.nanoTime() < end, "this kernel tells it in another way");
        }
      } finally {
        other.destroyForcibly().waitFor();
      }
    }
  }

  private static int groupOfFiles(long pid) throws IOException {
    return (int) Files.getAttribute(Path.of("/proc/" + pid + "/environ"), "unix:gid");
  }

  /** Neither the collector nor malloc nor the kernel does that by itself. */
  @Test
  void whatABusyTimeHasTakenOfTheMemoryIsGivenBackOnceItIsQuiet() throws Exception {
    try (var daemon = DaemonProcess.startByScript(first);
        var client = daemon.client()) {
      daemon.awaitSettled();
      long most = ProcessMemory.of(daemon.pid()).ofTheJvmsFilesKib();
      for (int i = 0; i < SHORT_LIVES; i++) {
        client.removePod(client.runPod("pod" + i));
      }
      ProcessMemory now;
      long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
      do {
        TimeUnit.MILLISECONDS.sleep(100);
        now = ProcessMemory.of(daemon.pid());
        assertTrue(System.nanoTime() < end, now + ", of the JVM's files it had KiB: " + most);
      } while (now.shareKib() > IDLE_KIB || now.ofTheJvmsFilesKib() > most * 9 / 10);
    }
  }

  @Test
  @Tag("machine")
  void theServiceManagerIsTold() throws Exception {
    try (var manager = new NotifySocket(folder.resolve("notify"));
        var daemon =
            DaemonProcess.launch(
                first, Map.of("NOTIFY_SOCKET", folder.resolve("notify").toString()))) {
      assertTrue(manager.receive().startsWith("READY=1\n"));
      daemon.terminate();
      assertTrue(manager.receive().startsWith("STOPPING=1\n"));
    }
  }

  @Test
  void kubectlsPortStaysUnlessAnotherHasTakenIt() throws Exception {
    String server;
    try (var daemon = DaemonProcess.start(first)) {
      server = kubectlServer(daemon);
      assertEquals(0, daemon.terminate());
    }
    try (var daemon = DaemonProcess.start(first)) {
      assertEquals(server, kubectlServer(daemon));
      assertEquals(0, daemon.terminate());
    }
    int port = Integer.parseInt(server.substring(server.lastIndexOf(':') + 1));
    try (var taken = new ServerSocket(port, 1, InetAddress.getByName("127.0.0.1"));
        var daemon = DaemonProcess.start(first)) {
      assertNotEquals(server, kubectlServer(daemon));
      assertEquals(port, taken.getLocalPort());
    }
  }

  private String kubectlServer(DaemonProcess daemon) throws IOException {
    daemon.awaitLog("serving kubectl");
    var named =
        Pattern.compile("server: (\\S+)")
            .matcher(Files.readString(first.resolve("root").resolve("kubeconfig")));
    assertTrue(named.find());
    return named.group(1);
  }

  @Test
  void aWrongConfigIsRefusedWithItsPlace() throws Exception {
    var config = Files.writeString(first.resolve("config.yaml"), "network:\n  mtuu: 3\n");
    try (var daemon = DaemonProcess.launch(first, Map.of())) {
      assertEquals(2, daemon.exitStatus());
      assertTrue(
          daemon
              .log()
              .startsWith("sandjar daemon: " + config + ":2: network.mtuu is not a known key"),
          daemon.log());
    }
  }

  @Test
  void theJvmItselfSaysNothing() throws Exception {
    try (var daemon = DaemonProcess.start(first)) {
      daemon.terminate();
      for (var line : daemon.log().split("\n")) {
        assertTrue(line.startsWith("time="), line);
      }
    }
  }
}
