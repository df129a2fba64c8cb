package io.sandjar.runtime.cri;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.sandjar.cri.v1.ContainerState;
import io.sandjar.cri.v1.ContainerStatus;
import io.sandjar.cri.v1.IDMapping;
import io.sandjar.cri.v1.ImageSpec;
import io.sandjar.cri.v1.Int64Value;
import io.sandjar.cri.v1.KeyValue;
import io.sandjar.cri.v1.LinuxContainerConfig;
import io.sandjar.cri.v1.LinuxContainerSecurityContext;
import io.sandjar.cri.v1.LinuxPodSandboxConfig;
import io.sandjar.cri.v1.LinuxSandboxSecurityContext;
import io.sandjar.cri.v1.Mount;
import io.sandjar.cri.v1.NamespaceMode;
import io.sandjar.cri.v1.NamespaceOption;
import io.sandjar.cri.v1.PodSandboxConfig;
import io.sandjar.cri.v1.PodSandboxState;
import io.sandjar.cri.v1.PodSandboxStatusRequest;
import io.sandjar.cri.v1.PullImageRequest;
import io.sandjar.cri.v1.RemoveImageRequest;
import io.sandjar.cri.v1.RemovePodSandboxRequest;
import io.sandjar.cri.v1.ReopenContainerLogRequest;
import io.sandjar.cri.v1.SecurityProfile;
import io.sandjar.cri.v1.StopPodSandboxRequest;
import io.sandjar.cri.v1.UserNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A container from its creation to its removal, and what its process finds. */
@Tag("machine")
class ContainerLifecycleIT extends OnNode {
  /** Far less than what the commands here would take by themselves, on a busy machine too. */
  private static final long LONG_NANOS = 60_000_000_000L;

  @Test
  void aContainerRunsToItsEndAndItsLogIsThere() throws IOException {
    String pod = node.run(node.hostNetworkPod("end"));
    String container =
        node.create(pod, node.container("app", "sh", "-c", "echo out; echo err >&2; exit 3"));
    assertEquals(ContainerState.CONTAINER_CREATED, node.status(container).getState());

    node.start(container);
    ContainerStatus status = node.awaitExit(container);

    assertEquals(3, status.getExitCode());
    assertEquals("Error", status.getReason());
    assertTrue(status.getStartedAt() >= status.getCreatedAt());
    assertTrue(status.getFinishedAt() >= status.getStartedAt());
    assertEquals(List.of("err", "out"), node.log("end", "app").stream().sorted().toList());
  }

  @Test
  void aContainerThatEndsWellIsCompleted() {
    String pod = node.run(node.hostNetworkPod("well"));
    String container = node.createAndStart(pod, node.container("app", "true"));
    assertEquals("Completed", node.awaitExit(container).getReason());
  }

  @Test
  void aCommandThatIsNotThereSaysSo() {
    String pod = node.run(node.hostNetworkPod("nocommand"));
    String container = node.create(pod, node.container("app", "no-such-command"));
    StatusRuntimeException refused =
        assertThrows(StatusRuntimeException.class, () -> node.start(container));
    assertTrue(refused.getMessage().contains("no-such-command"), refused.getMessage());
    ContainerStatus status = node.status(container);
    assertEquals(ContainerState.CONTAINER_EXITED, status.getState());
    assertEquals(127, status.getExitCode());
    assertEquals("ContainerCannotRun", status.getReason());
    assertEquals(
        "exec: \"no-such-command\": executable file not found in $PATH", status.getMessage());
  }

  @Test
  void aCommandThatIsNotThereSaysSoToALaterDaemonToo() throws Exception {
    String pod = node.run(node.hostNetworkPod("latercommand"));
    String missing = node.create(pod, node.container("missing", "no-such-command"));
    String folder = node.create(pod, node.container("folder", "/etc"));
    node.crash(() -> {});
    refused(Status.Code.INVALID_ARGUMENT, () -> node.start(missing));
    ContainerStatus status = node.status(missing);
    assertEquals(127, status.getExitCode());
    assertEquals("ContainerCannotRun", status.getReason());
    assertEquals(
        "exec: \"no-such-command\": executable file not found in $PATH", status.getMessage());
    refused(Status.Code.INVALID_ARGUMENT, () -> node.start(folder));
    assertEquals(126, node.status(folder).getExitCode());
    assertEquals("exec: \"/etc\": permission denied", node.status(folder).getMessage());
  }

  @Test
  void aStartThatFailsForAnotherReasonSaysThatToo() throws Exception {
    Path profile = folder.resolve("no-capset.json");
    Files.writeString(
        profile,
        """
        {"defaultAction": "SCMP_ACT_ALLOW",
         "syscalls": [{"names": ["capset"], "action": "SCMP_ACT_ERRNO"}]}
        """);
    var security =
        LinuxContainerSecurityContext.newBuilder()
            .setSeccomp(
                SecurityProfile.newBuilder()
                    .setProfileType(SecurityProfile.ProfileType.Localhost)
                    .setLocalhostRef(profile.toString()));
    String pod = node.run(node.hostNetworkPod("starterror"));
    var config =
        node.container("now", "true")
            .setLinux(LinuxContainerConfig.newBuilder().setSecurityContext(security));
    assertStartError(node.create(pod, config), "take on the capabilities: EPERM");
    config.getMetadataBuilder().setName("later");
    String later = node.create(pod, config);
    // The next daemon did not compose its program, and cannot tell which step of it failed.
    node.crash(() -> {});
    assertStartError(later, "EPERM");
  }

  private static void assertStartError(String container, String message) {
    refused(Status.Code.INTERNAL, () -> node.start(container));
    ContainerStatus status = node.status(container);
    assertEquals(ContainerState.CONTAINER_EXITED, status.getState());
    assertEquals(128, status.getExitCode());
    assertEquals("StartError", status.getReason());
    assertTrue(status.getMessage().contains(message), status.getMessage());
  }

  @Test
  void aLogIsReopenedUnderLoadWithoutLosingOrSplittingALine() throws Exception {
    String pod = node.run(node.hostNetworkPod("rotated"));
    int lines = 1_000_000;
    String container =
        node.createAndStart(pod, node.container("app", "sh", "-c", "seq " + lines + "; exit 3"));
    Path log = node.logs().resolve("rotated/app.log");
    List<Path> files = new ArrayList<>();
    boolean running = true;
    while (running) {
      Path old = log.resolveSibling("app.log." + files.size());
      Files.move(log, old);
      files.add(old);
      running = reopen(container);
    }
    // The last one was moved, and the container had ended before a new one was made.
    assertEquals(3, node.awaitExit(container).getExitCode());
    assertTrue(files.size() > 2, () -> "it had ended after " + files.size() + " rotations");
    List<String> all = new ArrayList<>();
    for (Path file : files) {
      for (String line : Files.readAllLines(file)) {
        String[] fields = line.split(" ", 4);
        assertEquals("stdout F", fields[1] + ' ' + fields[2], line);
        all.add(fields[3]);
      }
    }
    assertEquals(IntStream.rangeClosed(1, lines).mapToObj(Integer::toString).toList(), all);
  }

  /** False where the container has ended. */
  private static boolean reopen(String container) {
    try {
      node.runtime()
          .reopenContainerLog(
              ReopenContainerLogRequest.newBuilder().setContainerId(container).build());
      return true;
    } catch (StatusRuntimeException ended) {
      assertEquals(Status.Code.FAILED_PRECONDITION, ended.getStatus().getCode());
      return false;
    }
  }

  @Test
  void theSpecReachesTheProcess() throws IOException {
    Path volume = Files.createDirectory(folder.resolve("volume"));
    Files.writeString(volume.resolve("file"), "from the host");
    String pod = node.run(node.pod("spec").setHostname("my-pod"));
    String container =
        node.createAndStart(
            pod,
            node.container("app", "sleep", "1000")
                .setWorkingDir("/tmp")
                .addEnvs(
                    KeyValue.newBuilder()
                        .setKey("COLOUR")
                        .setValue(ByteString.copyFromUtf8("blue")))
                .addMounts(
                    Mount.newBuilder()
                        .setContainerPath("/volume")
                        .setHostPath(volume.toString())
                        .setReadonly(true))
                .setLinux(
                    LinuxContainerConfig.newBuilder()
                        .setSecurityContext(
                            LinuxContainerSecurityContext.newBuilder()
                                .setRunAsUser(Int64Value.newBuilder().setValue(1000))
                                .addSupplementalGroups(3000))));

    assertEquals("my-pod", node.sh(container, "hostname"));
    assertEquals("blue hello", node.sh(container, "echo $COLOUR $GREETING"));
    assertEquals("/tmp", node.sh(container, "pwd"));
    assertEquals("from the host", node.sh(container, "cat /volume/file"));
    String refused = node.sh(container, "touch /volume/new");
    assertTrue(refused.contains("Read-only"), refused);
    String id = node.sh(container, "id");
    assertTrue(id.startsWith("uid=1000(alice) gid=1000(alice)"), id);
    assertTrue(id.contains("2000(extra)") && id.contains("3000"), id);
    ContainerStatus status = node.status(container);
    assertEquals(1000, status.getUser().getLinux().getUid());
    assertTrue(status.getUser().getLinux().getSupplementalGroupsList().contains(3000L));
    assertEquals("/volume", status.getMounts(0).getContainerPath());
  }

  @Test
  void whatIsMountedOverNeedsNothingInTheContainersOwnLayer() {
    String pod = node.run(node.pod("layers"));
    String container = node.createAndStart(pod, node.container("app", "sleep", "1000"));

    Path own = node.folder().resolve("root/image/snapshots").resolve(container).resolve("upper");
    assertTrue(Files.isDirectory(own), own::toString);
    assertFalse(Files.exists(own.resolve("etc")), "something was made in /etc");
  }

  @Test
  void stopSendsTheSignalAndKillsWhatDoesNotListen() {
    String pod = node.run(node.hostNetworkPod("stop"));
    String polite = node.startListening(pod, node.listening("polite", "TERM", 7));
    String deaf =
        node.createAndStart(
            pod, node.container("deaf", "sh", "-c", "trap '' TERM; while :; do sleep 0.1; done"));

    node.stop(polite, 600);
    assertEquals(7, node.status(polite).getExitCode());

    long before = System.nanoTime();
    node.stop(deaf, 1);
    assertTrue(System.nanoTime() - before < LONG_NANOS);
    assertEquals(137, node.status(deaf).getExitCode());
    node.stop(deaf, 1);
  }

  private static PodSandboxConfig.Builder userNamespacePod(String name) {
    // As high as a kubelet takes them from: above what a signed number holds.
    int first = (int) 3_781_820_416L;
    UserNamespace.Builder user =
        UserNamespace.newBuilder()
            .setMode(NamespaceMode.POD)
            .addUids(IDMapping.newBuilder().setHostId(first).setLength(65536))
            .addGids(IDMapping.newBuilder().setHostId(first).setLength(65536));
    return node.pod(name)
        .setLinux(
            LinuxPodSandboxConfig.newBuilder()
                .setSecurityContext(
                    LinuxSandboxSecurityContext.newBuilder()
                        .setNamespaceOptions(NamespaceOption.newBuilder().setUsernsOptions(user))));
  }

  @Test
  void aPodWithAUserNamespaceRunsAndStops() {
    PodSandboxConfig.Builder pod = userNamespacePod("user");
    String container =
        node.createAndStart(
            node.run(pod), node.container("app", "sleep", "1000").setLinux(sameNamespaces(pod)));
    assertEquals(
        "0 3781820416 65536", node.sh(container, "cat /proc/self/uid_map").replaceAll(" +", " "));
    node.stop(container, 0);
    assertEquals(137, node.status(container).getExitCode());
  }

  @Test
  void anImageOfMoreThanAHundredLayersRuns() {
    ImageSpec image = ImageSpec.newBuilder().setImage(node.pullStacked(120)).build();
    for (var pod : List.of(node.hostNetworkPod("stacked"), userNamespacePod("stacked-user"))) {
      String container =
          node.createAndStart(
              node.run(pod),
              node.container("app", "sleep", "1000").setImage(image).setLinux(sameNamespaces(pod)));
      assertEquals("120", node.sh(container, "touch /new; ls / | grep -c ^layer-"));
      assertEquals("", node.status(container).getImage().getRuntimeHandler());
    }
  }

  private static LinuxContainerConfig sameNamespaces(PodSandboxConfig.Builder pod) {
    return LinuxContainerConfig.newBuilder()
        .setSecurityContext(
            LinuxContainerSecurityContext.newBuilder()
                .setNamespaceOptions(pod.getLinux().getSecurityContext().getNamespaceOptions()))
        .build();
  }

  @Test
  void aSandboxStopsWithItsContainersAndCanBeStoppedAndRemovedAgain() {
    String pod = node.run(node.pod("again"));
    String container = node.createAndStart(pod, node.container("app", "sleep", "1000"));
    StopPodSandboxRequest stop = StopPodSandboxRequest.newBuilder().setPodSandboxId(pod).build();
    node.runtime().stopPodSandbox(stop);
    node.runtime().stopPodSandbox(stop);
    assertEquals(ContainerState.CONTAINER_EXITED, node.status(container).getState());
    assertEquals(
        PodSandboxState.SANDBOX_NOTREADY,
        node.runtime()
            .podSandboxStatus(PodSandboxStatusRequest.newBuilder().setPodSandboxId(pod).build())
            .getStatus()
            .getState());
    refused(Status.Code.FAILED_PRECONDITION, () -> node.create(pod, node.container("b", "true")));

    RemovePodSandboxRequest remove =
        RemovePodSandboxRequest.newBuilder().setPodSandboxId(pod).build();
    node.runtime().removePodSandbox(remove);
    node.runtime().removePodSandbox(remove);
    node.runtime().stopPodSandbox(stop);
    refused(Status.Code.NOT_FOUND, () -> node.status(container));
  }

  @Test
  void anImageVolumeShowsTheImageReadOnly() {
    String pod = node.run(node.pod("image-volume"));
    ImageSpec image = ImageSpec.newBuilder().setImage(node.image()).build();
    String container =
        node.createAndStart(
            pod,
            node.container("main", "sleep", "1000")
                .addMounts(Mount.newBuilder().setContainerPath("/whole").setImage(image))
                .addMounts(
                    Mount.newBuilder()
                        .setContainerPath("/part")
                        .setImage(image)
                        .setImageSubPath("etc")));
    assertEquals("alice", node.sh(container, "grep -o ^alice /whole/etc/passwd"));
    assertEquals("alice", node.sh(container, "grep -o ^alice /part/passwd"));
    for (String path : List.of("/whole/new", "/part/new")) {
      String said = node.sh(container, "touch " + path);
      assertTrue(said.contains("Read-only file system"), said);
    }
    // It lasts as long as somebody shows it.
    node.client().images().removeImage(RemoveImageRequest.newBuilder().setImage(image).build());
    assertEquals("alice", node.sh(container, "grep -o ^alice /whole/etc/passwd"));
    node.client().images().pullImage(PullImageRequest.newBuilder().setImage(image).build());
  }
}
