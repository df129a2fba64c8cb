package io.sandjar.runtime.cri;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.sandjar.cri.v1.ContainerState;
import io.sandjar.cri.v1.ContainerStatus;
import io.sandjar.cri.v1.ListContainersRequest;
import io.sandjar.cri.v1.ListPodSandboxRequest;
import io.sandjar.cri.v1.PodSandboxConfig;
import io.sandjar.cri.v1.PodSandboxState;
import io.sandjar.cri.v1.PodSandboxStatus;
import io.sandjar.cri.v1.PodSandboxStatusRequest;
import io.sandjar.cri.v1.StopPodSandboxRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a node knows of its pods after it has lost a part of what it stands on. */
class LostStateIT extends OnNode {
  private static Footprint footprint;
  private static Set<String> empty;

  @BeforeAll
  static void lookAround() throws Exception {
    footprint = Footprint.of(node);
    // The first pod makes what stays, such as the network's tables.
    String first = node.run(node.pod("first"));
    node.create(first, node.container("first", "true"));
    node.removePod(first);
    empty = footprint.look();
  }

  @Test
  void afterARebootItIsKnownWhatRanAndHowItEnded() throws Exception {
    Reboot reboot = new Reboot(node);
    afterReboot(
        () -> {
          reboot.takeTheKernels();
          reboot.takeTheStateFolder();
        });
    // A state folder on a disk: its pids are those of an earlier boot.
    afterReboot(
        () -> {
          reboot.takeTheKernels();
          reboot.leaveTheStateFolder();
        });
  }

  private interface Step {
    void run() throws IOException, InterruptedException;
  }

  private void afterReboot(Step reboot) throws Exception {
    PodSandboxConfig.Builder config = node.pod("rebooted");
    String pod = node.run(config);
    String running = node.createAndStart(pod, node.container("running", "sleep", "1000"));
    String ended = node.createAndStart(pod, node.container("ended", "sh", "-c", "exit 5"));
    ContainerStatus before = node.awaitExit(ended);

    node.kill();
    reboot.run();
    node.restart();

    assertEquals(PodSandboxState.SANDBOX_NOTREADY, status(pod).getState());
    assertEquals("", status(pod).getNetwork().getIp());
    assertEquals(before, node.status(ended));
    ContainerStatus lost = node.status(running);
    assertEquals(ContainerState.CONTAINER_EXITED, lost.getState());
    assertEquals(255, lost.getExitCode());
    assertEquals("Unknown", lost.getReason());
    assertEquals("the machine was restarted while it ran", lost.getMessage());
    // The next attempt of the same pod runs as on the first day.
    config.getMetadataBuilder().setAttempt(1);
    String next = node.run(config);
    var container = node.container("running", "sleep", "1000");
    container.getMetadataBuilder().setAttempt(1);
    String again = node.createAndStart(next, container);
    assertEquals("alive", node.sh(again, "echo alive"));
    assertTrue(!status(next).getNetwork().getIp().isEmpty());
    node.removeAllPods();
    footprint.awaitSame(empty);
  }

  @Test
  void aBrokenFileCostsOnePodAndNothingIsLeftOfIt() throws Exception {
    String whole = node.run(node.pod("whole"));
    String unharmed = node.createAndStart(whole, node.container("unharmed", "sleep", "1000"));
    String brokenContainer = node.createAndStart(whole, node.container("record", "sleep", "1000"));
    String lostLife = node.createAndStart(whole, node.container("life", "sleep", "1000"));
    String brokenPod = node.run(node.pod("broken"));
    node.createAndStart(brokenPod, node.container("orphan", "sleep", "1000"));
    String lostPod = node.run(node.pod("lost"));
    String inLostPod = node.createAndStart(lostPod, node.container("app", "sleep", "1000"));

    node.crash(
        () -> {
          breakFile("root/containers/" + brokenContainer + "/container.json");
          breakFile("run/containers/" + lostLife + "/life.json");
          breakFile("root/sandboxes/" + brokenPod + "/sandbox.json");
          breakFile("run/sandboxes/" + lostPod + "/life.json");
        });

    assertEquals("alive", node.sh(unharmed, "echo alive"));
    assertEquals(255, node.status(lostLife).getExitCode());
    assertEquals(PodSandboxState.SANDBOX_NOTREADY, status(lostPod).getState());
    assertEquals(ContainerState.CONTAINER_EXITED, node.status(inLostPod).getState());
    assertEquals(Set.of(whole, lostPod), Set.copyOf(pods()));
    assertEquals(Set.of(unharmed, lostLife, inLostPod), Set.copyOf(containers()));
    assertEquals(2, Footprint.list(folder.resolve("root/corrupt")).size());
    node.removeAllPods();
    for (String corrupt : List.of("root/corrupt", "run/corrupt")) {
      for (Path file : Footprint.list(folder.resolve(corrupt))) {
        Files.delete(file);
      }
      Files.delete(folder.resolve(corrupt));
    }
    footprint.awaitSame(empty);
  }

  @Test
  void aContainerWhoseMonitorWasKilledEndsUnknownAndSaysWhy() throws Exception {
    String pod = node.run(node.hostNetworkPod("monitors"));
    String meanwhile = node.createAndStart(pod, node.container("meanwhile", "sleep", "1000"));
    node.crash(() -> killMonitorOf(meanwhile));
    expectLostMonitor(meanwhile);
    String served = node.createAndStart(pod, node.container("served", "sleep", "1000"));
    killMonitorOf(served);
    expectLostMonitor(served);
    node.removeAllPods();
    footprint.awaitSame(empty);
  }

  @Test
  void aMonitorThatCannotBeReachedCostsNoContainerItsLife() throws Exception {
    String pod = node.run(node.hostNetworkPod("unreached"));
    String reached = node.createAndStart(pod, node.container("reached", "sleep", "1000"));
    String stopped = node.createAndStart(pod, node.container("stopped", "sleep", "1000"));
    long first = node.pidOf(reached);
    long second = node.pidOf(stopped);
    Path life = folder.resolve("run/containers/" + reached + "/life.json");
    String whole = Files.readString(life);
    node.crash(
        () -> {
          forgetTheGate(reached);
          forgetTheGate(stopped);
        });
    assertTrue(ProcessHandle.of(first).isPresent(), "it goes on");
    assertEquals(ContainerState.CONTAINER_RUNNING, node.status(reached).getState());
    node.stop(stopped, 600);
    assertEquals(143, node.status(stopped).getExitCode());
    awaitEnd(second);
    node.crash(
        () -> {
          try {
            // Without what older daemons did not write.
            String older = whole.replaceFirst("\"command\" *: *\"sleep\" *,", "");
            assertTrue(!older.equals(whole), whole);
            Files.writeString(life, older);
          } catch (IOException failed) {
            throw new java.io.UncheckedIOException(failed);
          }
        });
    assertEquals("alive", node.sh(reached, "echo alive"));
    node.removeAllPods();
    footprint.awaitSame(empty);
  }

  private static void awaitEnd(long pid) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!commandOf(Path.of("/proc/" + pid)).isEmpty()) {
      assertTrue(System.nanoTime() < end, () -> "process " + pid + " lives on");
      CriNode.pause();
    }
  }

  /** As if the monitor's descriptor could not be taken over. */
  private static void forgetTheGate(String container) {
    Path life = folder.resolve("run/containers/" + container + "/life.json");
    try {
      String whole = Files.readString(life);
      String changed = whole.replaceFirst("(\"gate\" *: *)\\d+", "$1987654");
      assertTrue(!changed.equals(whole), whole);
      Files.writeString(life, changed);
    } catch (IOException failed) {
      throw new java.io.UncheckedIOException(failed);
    }
  }

  private static void expectLostMonitor(String container) {
    ContainerStatus status = node.awaitExit(container);
    assertEquals(255, status.getExitCode());
    assertEquals("Unknown", status.getReason());
    assertTrue(status.getMessage().contains("monitor"), status.getMessage());
  }

  @Test
  void inAStoppedSandboxNothingIsStartedAndNothingWaits() throws Exception {
    String pod = node.run(node.pod("stopped"));
    String waiting = node.create(pod, node.container("waiting", "sleep", "1000"));
    node.runtime().stopPodSandbox(StopPodSandboxRequest.newBuilder().setPodSandboxId(pod).build());
    var refused = assertThrows(StatusRuntimeException.class, () -> node.start(waiting));
    assertEquals(Status.Code.FAILED_PRECONDITION, refused.getStatus().getCode());
    assertEquals(ContainerState.CONTAINER_EXITED, node.status(waiting).getState());
    assertEquals(Set.of(), footprint.processes());
  }

  @Test
  void theOutputOfAContainerThatEndsDuringAShutdownIsNotLost() throws Exception {
    Path disk = Files.createDirectories(node.logs().resolve("drained"));
    Footprint.run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk.toString());
    try {
      String pod = node.run(node.hostNetworkPod("drained"));
      String container =
          node.createAndStart(pod, node.container("app", "sh", "-c", "seq 4000; exit 7"));
      Path exit = folder.resolve("run/containers/" + container + "/exit");
      while (!Files.exists(exit)) {
        CriNode.pause();
      }
      node.shutDown();
      Footprint.run("mount", "-o", "remount,size=16m", disk.toString());
      node.restart();
      assertEquals(7, node.awaitExit(container).getExitCode());
      List<String> log = node.log("drained", "app");
      assertEquals(4000, log.size());
      assertEquals("4000", log.get(3999));
      node.removeAllPods();
    } finally {
      Footprint.run("umount", "-l", disk.toString());
    }
  }

  @Test
  void aLinkBelowThePodsLogFolderLeadsNowhere() throws Exception {
    Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
    String pod = node.run(node.hostNetworkPod("linked"));
    Files.createSymbolicLink(node.logs().resolve("linked/app"), elsewhere);
    var refused =
        assertThrows(
            StatusRuntimeException.class,
            () -> node.create(pod, node.container("app", "true").setLogPath("app/below/0.log")));
    assertTrue(refused.getMessage().contains("no symbolic link"), refused.getMessage());
    assertEquals(List.of(), Footprint.list(elsewhere));
    assertEquals(List.of(), containers());
  }

  @Test
  void aContainerWhoseLogCannotBeOpenedAgainIsStillThere() throws Exception {
    String pod = node.run(node.hostNetworkPod("unlogged"));
    String container = node.createAndStart(pod, node.container("app", "sleep", "1000"));
    Path log = node.logs().resolve("unlogged/app.log");
    node.crash(
        () -> {
          try {
            Files.delete(log);
            Files.createSymbolicLink(log, folder.resolve("stolen"));
          } catch (IOException failed) {
            throw new java.io.UncheckedIOException(failed);
          }
        });
    assertEquals("alive", node.sh(container, "echo alive"));
    assertTrue(node.daemonLog().contains("what container test/unlogged/app prints is lost"));
    node.stop(container, 0);
    assertEquals(137, node.status(container).getExitCode());
    assertTrue(Files.notExists(folder.resolve("stolen")));
  }

  private static void killMonitorOf(String container) {
    try (var processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path process : processes) {
        // While its command runs, only the monitor is called so.
        if (commandOf(process).startsWith("sandjar-monitor")
            && commandOf(process).contains(container)) {
          ProcessHandle.of(Long.parseLong(process.getFileName().toString()))
              .ifPresent(ProcessHandle::destroyForcibly);
          return;
        }
      }
      throw new AssertionError("no monitor of " + container);
    } catch (IOException failed) {
      throw new java.io.UncheckedIOException(failed);
    }
  }

  private static String commandOf(Path process) {
    try {
      return Files.readString(process.resolve("cmdline"));
    } catch (IOException ended) {
      return "";
    }
  }

  private static void breakFile(String file) {
    try {
      Files.writeString(folder.resolve(file), "{\"version\": 1, \"id");
    } catch (IOException failed) {
      throw new java.io.UncheckedIOException(failed);
    }
  }

  private static List<String> pods() {
    return node
        .runtime()
        .listPodSandbox(ListPodSandboxRequest.getDefaultInstance())
        .getItemsList()
        .stream()
        .map(io.sandjar.cri.v1.PodSandbox::getId)
        .toList();
  }

  private static List<String> containers() {
    return node
        .runtime()
        .listContainers(ListContainersRequest.getDefaultInstance())
        .getContainersList()
        .stream()
        .map(io.sandjar.cri.v1.Container::getId)
        .toList();
  }

  private static PodSandboxStatus status(String pod) {
    return node.runtime()
        .podSandboxStatus(PodSandboxStatusRequest.newBuilder().setPodSandboxId(pod).build())
        .getStatus();
  }
}
