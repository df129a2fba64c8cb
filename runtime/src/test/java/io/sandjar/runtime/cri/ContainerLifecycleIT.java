package io.sandjar.runtime.cri;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.sandjar.cri.v1.ContainerFilter;
import io.sandjar.cri.v1.ContainerState;
import io.sandjar.cri.v1.ContainerStateValue;
import io.sandjar.cri.v1.ContainerStatus;
import io.sandjar.cri.v1.ExecSyncRequest;
import io.sandjar.cri.v1.ExecSyncResponse;
import io.sandjar.cri.v1.IDMapping;
import io.sandjar.cri.v1.ImageSpec;
import io.sandjar.cri.v1.Int64Value;
import io.sandjar.cri.v1.KeyValue;
import io.sandjar.cri.v1.LinuxContainerConfig;
import io.sandjar.cri.v1.LinuxContainerResources;
import io.sandjar.cri.v1.LinuxContainerSecurityContext;
import io.sandjar.cri.v1.LinuxPodSandboxConfig;
import io.sandjar.cri.v1.LinuxSandboxSecurityContext;
import io.sandjar.cri.v1.ListContainersRequest;
import io.sandjar.cri.v1.ListPodSandboxRequest;
import io.sandjar.cri.v1.Mount;
import io.sandjar.cri.v1.NamespaceMode;
import io.sandjar.cri.v1.NamespaceOption;
import io.sandjar.cri.v1.PodSandboxConfig;
import io.sandjar.cri.v1.PodSandboxFilter;
import io.sandjar.cri.v1.PodSandboxState;
import io.sandjar.cri.v1.PodSandboxStatusRequest;
import io.sandjar.cri.v1.PullImageRequest;
import io.sandjar.cri.v1.RemoveImageRequest;
import io.sandjar.cri.v1.RemovePodSandboxRequest;
import io.sandjar.cri.v1.StopPodSandboxRequest;
import io.sandjar.cri.v1.UpdateContainerResourcesRequest;
import io.sandjar.cri.v1.UserNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

@Tag("machine")
class ContainerLifecycleIT {
  /** Far less than what the commands here would take by themselves, on a busy machine too. */
  private static final long LONG_NANOS = 60_000_000_000L;

  @TempDir static Path folder;
  private static CriNode node;

  @BeforeAll
  static void startNode() throws IOException {
    node = CriNode.start(folder);
  }

  @AfterAll
  static void stopNode() throws IOException {
    if (node != null) {
      node.close();
    }
  }

  @AfterEach
  void removePods() {
    node.removeAllPods();
  }

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
  void stopSendsTheSignalAndKillsWhatDoesNotListen() {
    String pod = node.run(node.hostNetworkPod("stop"));
    String polite =
        node.createAndStart(
            pod,
            node.container(
                "polite", "sh", "-c", "trap 'exit 7' TERM; while :; do sleep 0.1; done"));
    String deaf =
        node.createAndStart(
            pod, node.container("deaf", "sh", "-c", "trap '' TERM; while :; do sleep 0.1; done"));
    node.sh(polite, "true");

    node.stop(polite, 10);
    assertEquals(7, node.status(polite).getExitCode());

    long before = System.nanoTime();
    node.stop(deaf, 1);
    assertTrue(System.nanoTime() - before < LONG_NANOS);
    assertEquals(137, node.status(deaf).getExitCode());
    node.stop(deaf, 1);
  }

  @Test
  void execSyncAnswersWithOutputAndExitCode() {
    String pod = node.run(node.hostNetworkPod("exec"));
    String container = node.createAndStart(pod, node.container("app", "sleep", "1000"));
    ExecSyncResponse response = node.exec(container, "sh", "-c", "echo out; echo err >&2; exit 42");
    assertEquals(42, response.getExitCode());
    assertEquals("out\n", response.getStdout().toStringUtf8());
    assertEquals("err\n", response.getStderr().toStringUtf8());

    assertEquals(127, node.exec(container, "no-such-command").getExitCode());
  }

  @Test
  void execSyncKillsTheWholeTreeAfterItsTimeout() {
    String pod = node.run(node.hostNetworkPod("timeout"));
    String container = node.createAndStart(pod, node.container("app", "sleep", "1000"));
    code(
        Status.Code.DEADLINE_EXCEEDED,
        () ->
            node.runtime()
                .execSync(
                    ExecSyncRequest.newBuilder()
                        .setContainerId(container)
                        .addAllCmd(List.of("sh", "-c", "sleep 987654 & sleep 987655"))
                        .setTimeout(1)
                        .build()));
    assertEquals("", node.sh(container, "ps | grep '98765[45]'"));
  }

  @Test
  void execSyncDoesNotWaitForAnOrphanThatKeepsStdout() {
    String pod = node.run(node.hostNetworkPod("orphan"));
    String container = node.createAndStart(pod, node.container("app", "sleep", "1000"));
    long before = System.nanoTime();
    assertEquals("done", node.sh(container, "sleep 1000 & echo done"));
    assertTrue(System.nanoTime() - before < LONG_NANOS);
  }

  @Test
  void execSyncKeepsSixteenMebibytesOfEachStream() {
    String pod = node.run(node.hostNetworkPod("much"));
    String container = node.createAndStart(pod, node.container("app", "sleep", "1000"));
    ExecSyncResponse response =
        node.client()
            .runtime()
            .withMaxInboundMessageSize(64 << 20)
            .execSync(
                ExecSyncRequest.newBuilder()
                    .setContainerId(container)
                    .addAllCmd(List.of("dd", "if=/dev/zero", "bs=1M", "count=20"))
                    .build());
    assertEquals(0, response.getExitCode());
    assertEquals(16 << 20, response.getStdout().size());
  }

  @Test
  void aContainerOverItsMemoryLimitIsOomKilled() {
    String pod = node.run(node.hostNetworkPod("oom"));
    String container =
        node.createAndStart(
            pod,
            node.container("app", "sh", "-c", "exec dd if=/dev/zero of=/dev/null bs=256M count=1")
                .setLinux(
                    LinuxContainerConfig.newBuilder()
                        .setResources(
                            LinuxContainerResources.newBuilder()
                                .setMemoryLimitInBytes(32L << 20))));
    ContainerStatus status = node.awaitExit(container);
    assertEquals("OOMKilled", status.getReason());
    assertEquals(137, status.getExitCode());
    assertEquals(32L << 20, status.getResources().getLinux().getMemoryLimitInBytes());
  }

  @Test
  void limitsOfARunningContainerCanBeChanged() {
    String pod = node.run(node.hostNetworkPod("update"));
    String container = node.createAndStart(pod, node.container("app", "sleep", "1000"));
    node.runtime()
        .updateContainerResources(
            UpdateContainerResourcesRequest.newBuilder()
                .setContainerId(container)
                .setLinux(
                    LinuxContainerResources.newBuilder()
                        .setMemoryLimitInBytes(64L << 20)
                        .setCpuShares(512))
                .build());
    assertEquals(
        64L << 20, node.status(container).getResources().getLinux().getMemoryLimitInBytes());
    assertEquals(512, node.status(container).getResources().getLinux().getCpuShares());
  }

  @Test
  void aPodWithAUserNamespaceRunsAndStops() {
    // As high as a kubelet takes them from: above what a signed number holds.
    int first = (int) 3_781_820_416L;
    UserNamespace.Builder user =
        UserNamespace.newBuilder()
            .setMode(NamespaceMode.POD)
            .addUids(IDMapping.newBuilder().setHostId(first).setLength(65536))
            .addGids(IDMapping.newBuilder().setHostId(first).setLength(65536));
    NamespaceOption.Builder options = NamespaceOption.newBuilder().setUsernsOptions(user);
    String pod =
        node.run(
            node.pod("user")
                .setLinux(
                    LinuxPodSandboxConfig.newBuilder()
                        .setSecurityContext(
                            LinuxSandboxSecurityContext.newBuilder()
                                .setNamespaceOptions(options))));
    String container =
        node.createAndStart(
            pod,
            node.container("app", "sleep", "1000")
                .setLinux(
                    LinuxContainerConfig.newBuilder()
                        .setSecurityContext(
                            LinuxContainerSecurityContext.newBuilder()
                                .setNamespaceOptions(options))));
    assertEquals(
        "0 3781820416 65536", node.sh(container, "cat /proc/self/uid_map").replaceAll(" +", " "));
    node.stop(container, 0);
    assertEquals(137, node.status(container).getExitCode());
  }

  @Test
  void listsAreFilteredByIdStateSandboxAndLabels() {
    String one = node.run(node.hostNetworkPod("one").putLabels("app", "one"));
    String two = node.run(node.hostNetworkPod("two").putLabels("app", "two"));
    String running =
        node.createAndStart(one, node.container("a", "sleep", "1000").putLabels("c", "a"));
    String created = node.create(two, node.container("b", "sleep", "1000"));

    assertEquals(
        List.of(running),
        containers(
            ContainerFilter.newBuilder()
                .setState(
                    ContainerStateValue.newBuilder().setState(ContainerState.CONTAINER_RUNNING))));
    assertEquals(List.of(created), containers(ContainerFilter.newBuilder().setPodSandboxId(two)));
    assertEquals(
        List.of(running), containers(ContainerFilter.newBuilder().setId(running.substring(0, 13))));
    assertEquals(
        List.of(running), containers(ContainerFilter.newBuilder().putLabelSelector("c", "a")));
    assertEquals(List.of(two), pods(PodSandboxFilter.newBuilder().putLabelSelector("app", "two")));
    assertEquals(List.of(one), pods(PodSandboxFilter.newBuilder().setId(one.substring(0, 13))));
    assertEquals(List.of(), pods(PodSandboxFilter.newBuilder().setId("nope")));
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
    code(Status.Code.FAILED_PRECONDITION, () -> node.create(pod, node.container("b", "true")));

    RemovePodSandboxRequest remove =
        RemovePodSandboxRequest.newBuilder().setPodSandboxId(pod).build();
    node.runtime().removePodSandbox(remove);
    node.runtime().removePodSandbox(remove);
    node.runtime().stopPodSandbox(stop);
    code(Status.Code.NOT_FOUND, () -> node.status(container));
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

  @Test
  void podsThatShareACgroupDoNotEndEachOther() throws IOException {
    String parent = "/sandjar-test-" + Long.toString(System.nanoTime(), 36);
    String first = node.run(sharing("sharing-1", parent));
    String second = node.run(sharing("sharing-2", parent));
    String container = node.createAndStart(second, node.container("main", "sleep", "1000"));
    node.removePod(first);
    assertEquals("alive", node.sh(container, "echo alive"));
    node.removePod(second);
    try (Stream<Path> roots = Files.list(Path.of("/sys/fs/cgroup"))) {
      assertEquals(List.of(), roots.filter(root -> Files.exists(Path.of(root + parent))).toList());
    }
  }

  private static PodSandboxConfig.Builder sharing(String name, String parent) {
    PodSandboxConfig.Builder pod = node.pod(name);
    pod.getLinuxBuilder().setCgroupParent(parent);
    return pod;
  }

  @Test
  void errorsHaveTheCodesThatCriMeans() {
    code(Status.Code.NOT_FOUND, () -> node.status("nope"));
    code(Status.Code.NOT_FOUND, () -> node.start("nope"));
    code(Status.Code.NOT_FOUND, () -> node.create("nope", node.container("a", "true")));
    code(Status.Code.NOT_FOUND, () -> node.exec("nope", "true"));
    code(Status.Code.INVALID_ARGUMENT, () -> node.status(""));
    code(
        Status.Code.NOT_FOUND,
        () ->
            node.runtime()
                .podSandboxStatus(
                    PodSandboxStatusRequest.newBuilder().setPodSandboxId("nope").build()));
    node.removeContainer("nope");

    var config = node.hostNetworkPod("codes");
    String pod = node.run(config);
    code(Status.Code.ALREADY_EXISTS, () -> node.run(config));
    String container = node.create(pod, node.container("a", "true"));
    code(Status.Code.ALREADY_EXISTS, () -> node.create(pod, node.container("a", "true")));
    code(Status.Code.FAILED_PRECONDITION, () -> node.exec(container, "true"));
    code(
        Status.Code.NOT_FOUND,
        () ->
            node.create(
                pod,
                node.container("c", "true")
                    .setImage(ImageSpec.newBuilder().setImage("localhost/no-such-image:1"))));
    node.start(container);
    node.awaitExit(container);
    code(Status.Code.FAILED_PRECONDITION, () -> node.start(container));
    code(
        Status.Code.INVALID_ARGUMENT,
        () ->
            node.create(
                pod,
                node.container("p", "true")
                    .setLinux(
                        LinuxContainerConfig.newBuilder()
                            .setSecurityContext(
                                LinuxContainerSecurityContext.newBuilder().setPrivileged(true)))));
  }

  private static List<String> containers(ContainerFilter.Builder filter) {
    return node
        .runtime()
        .listContainers(ListContainersRequest.newBuilder().setFilter(filter).build())
        .getContainersList()
        .stream()
        .map(container -> container.getId())
        .toList();
  }

  private static List<String> pods(PodSandboxFilter.Builder filter) {
    return node
        .runtime()
        .listPodSandbox(ListPodSandboxRequest.newBuilder().setFilter(filter).build())
        .getItemsList()
        .stream()
        .map(pod -> pod.getId())
        .toList();
  }

  private static void code(Status.Code expected, Executable call) {
    StatusRuntimeException refused = assertThrows(StatusRuntimeException.class, call);
    assertEquals(expected, refused.getStatus().getCode(), refused.getMessage());
  }
}
