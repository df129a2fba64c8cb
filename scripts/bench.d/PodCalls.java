package bench;

import io.grpc.StatusRuntimeException;
import io.sandjar.cri.v1.ContainerConfig;
import io.sandjar.cri.v1.ContainerMetadata;
import io.sandjar.cri.v1.CreateContainerRequest;
import io.sandjar.cri.v1.ExecSyncRequest;
import io.sandjar.cri.v1.ImageSpec;
import io.sandjar.cri.v1.LinuxPodSandboxConfig;
import io.sandjar.cri.v1.ListPodSandboxRequest;
import io.sandjar.cri.v1.PodSandboxConfig;
import io.sandjar.cri.v1.PodSandboxMetadata;
import io.sandjar.cri.v1.PullImageRequest;
import io.sandjar.cri.v1.RemoveContainerRequest;
import io.sandjar.cri.v1.RemovePodSandboxRequest;
import io.sandjar.cri.v1.RunPodSandboxRequest;
import io.sandjar.cri.v1.RuntimeServiceGrpc.RuntimeServiceBlockingStub;
import io.sandjar.cri.v1.StartContainerRequest;
import io.sandjar.cri.v1.StopContainerRequest;
import io.sandjar.cri.v1.StopPodSandboxRequest;
import io.sandjar.runtime.cri.CriClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;

/** Makes pods of one container and ends them again through any CRI socket; each call is timed. */
final class PodCalls {
  /** Ends at once when it is asked to, as a well-behaved server does. */
  private static final List<String> SERVER =
      List.of("sh", "-c", "trap 'exit 0' TERM; while :; do sleep 3600 & wait $!; done");

  private static final long STOP_SECONDS = 10;

  /** A pod and its container, by their ids, and where the container's log is. */
  record Pod(String sandbox, String container, Path log) {}

  private final RuntimeServiceBlockingStub runtime;
  private final String image;
  private final Path logs;
  private final String cgroup;

  /**
   * @param logs a folder for the containers' logs
   * @param cgroup under which the pods go: without one containerd has no stats of sandboxes
   */
  PodCalls(CriClient client, String image, Path logs, String cgroup) {
    this.runtime = client.runtime();
    this.image = image;
    this.logs = logs;
    this.cgroup = cgroup;
    client
        .images()
        .pullImage(
            PullImageRequest.newBuilder()
                .setImage(ImageSpec.newBuilder().setImage(image))
                .build());
  }

  RuntimeServiceBlockingStub runtime() {
    return runtime;
  }

  Pod start(Timings timings) throws IOException {
    return start(timings, SERVER);
  }

  Pod start(Timings timings, List<String> command) throws IOException {
    if (Held.isEnding()) {
      throw new IllegalStateException("the benchmark was interrupted");
    }
    var uid = UUID.randomUUID().toString();
    var folder = Files.createDirectories(logs.resolve(uid));
    var pod =
        PodSandboxConfig.newBuilder()
            .setMetadata(
                PodSandboxMetadata.newBuilder()
                    .setName("bench-" + uid)
                    .setNamespace("bench")
                    .setUid(uid))
            .setHostname("bench")
            .setLogDirectory(folder.toString())
            .setLinux(LinuxPodSandboxConfig.newBuilder().setCgroupParent(cgroup))
            .build();
    var container =
        ContainerConfig.newBuilder()
            .setMetadata(ContainerMetadata.newBuilder().setName("main"))
            .setImage(ImageSpec.newBuilder().setImage(image))
            .addAllCommand(command)
            .setLogPath("main.log")
            .build();
    var sandbox =
        timings.time(
            "RunPodSandbox",
            () ->
                runtime
                    .runPodSandbox(RunPodSandboxRequest.newBuilder().setConfig(pod).build())
                    .getPodSandboxId());
    var id =
        timings.time(
            "CreateContainer",
            () ->
                runtime
                    .createContainer(
                        CreateContainerRequest.newBuilder()
                            .setPodSandboxId(sandbox)
                            .setConfig(container)
                            .setSandboxConfig(pod)
                            .build())
                    .getContainerId());
    timings.time(
        "StartContainer",
        () ->
            runtime.startContainer(StartContainerRequest.newBuilder().setContainerId(id).build()));
    return new Pod(sandbox, id, folder.resolve("main.log"));
  }

  void exec(Pod pod, Timings timings) {
    var request =
        ExecSyncRequest.newBuilder()
            .setContainerId(pod.container())
            .addCmd("true")
            .setTimeout(STOP_SECONDS)
            .build();
    var answer = timings.time("ExecSync", () -> runtime.execSync(request));
    if (answer.getExitCode() != 0) {
      throw new IllegalStateException("true ended with " + answer.getExitCode());
    }
  }

  void end(Pod pod, Timings timings) {
    end(pod, timings, STOP_SECONDS);
  }

  /** Only the sandbox, with all that is in it. */
  void endSandbox(Pod pod) {
    stop(pod.sandbox());
    remove(pod.sandbox());
  }

  /**
   * @param grace seconds that the container has to end by itself
   */
  void end(Pod pod, Timings timings, long grace) {
    timings.time(
        "StopContainer",
        () ->
            runtime.stopContainer(
                StopContainerRequest.newBuilder()
                    .setContainerId(pod.container())
                    .setTimeout(grace)
                    .build()));
    timings.time(
        "RemoveContainer",
        () ->
            runtime.removeContainer(
                RemoveContainerRequest.newBuilder().setContainerId(pod.container()).build()));
    timings.time("StopPodSandbox", () -> stop(pod.sandbox()));
    timings.time("RemovePodSandbox", () -> remove(pod.sandbox()));
  }

  private Object stop(String sandbox) {
    return stop(runtime, sandbox);
  }

  private static Object stop(RuntimeServiceBlockingStub runtime, String sandbox) {
    return runtime.stopPodSandbox(
        StopPodSandboxRequest.newBuilder().setPodSandboxId(sandbox).build());
  }

  private Object remove(String sandbox) {
    return remove(runtime, sandbox);
  }

  private static Object remove(RuntimeServiceBlockingStub runtime, String sandbox) {
    return runtime.removePodSandbox(
        RemovePodSandboxRequest.newBuilder().setPodSandboxId(sandbox).build());
  }

  /** Whatever pods there are: also those of a run that failed. */
  void endAll() {
    endAll(runtime);
  }

  private static void endAll(RuntimeServiceBlockingStub runtime) {
    for (var pod : runtime.listPodSandbox(ListPodSandboxRequest.getDefaultInstance()).getItemsList()) {
      stop(runtime, pod.getId());
      remove(runtime, pod.getId());
    }
  }

  /** Before a runtime ends whose pods nobody will end, since this process is about to end itself. */
  static void endAllOfBrokenRun(Path socket) throws IOException {
    if (!Held.isEnding()) {
      return;
    }
    try (var client = new CriClient(socket)) {
      endAll(client.runtime());
      // One may have been on its way.
      Tool.pause(1000);
      endAll(client.runtime());
    } catch (StatusRuntimeException failed) {
      System.err.println("bench: pods are left at " + socket + ": " + failed.getMessage());
    }
  }
}
