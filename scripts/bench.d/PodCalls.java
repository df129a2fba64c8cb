package bench;

import static io.sandjar.cri.v1.RuntimeServiceGrpc.getCreateContainerMethod;
import static io.sandjar.cri.v1.RuntimeServiceGrpc.getExecSyncMethod;
import static io.sandjar.cri.v1.RuntimeServiceGrpc.getRemoveContainerMethod;
import static io.sandjar.cri.v1.RuntimeServiceGrpc.getRemovePodSandboxMethod;
import static io.sandjar.cri.v1.RuntimeServiceGrpc.getRunPodSandboxMethod;
import static io.sandjar.cri.v1.RuntimeServiceGrpc.getStartContainerMethod;
import static io.sandjar.cri.v1.RuntimeServiceGrpc.getStopContainerMethod;
import static io.sandjar.cri.v1.RuntimeServiceGrpc.getStopPodSandboxMethod;

import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Makes pods of one container and ends them again through any CRI socket; each call is timed. */
final class PodCalls {
  /** Ends at once when it is asked to, as a well-behaved server does. */
  private static final List<String> SERVER =
      List.of("sh", "-c", "trap 'exit 0' TERM; while :; do sleep 3600 & wait $!; done");

  private static final long STOP_SECONDS = 10;

  /** A pod and its container, by their ids, and where the container's log is. */
  record Pod(String sandbox, String container, Path log) {}

  private final CriClient client;
  private final String image;
  private final Path logs;
  private final String cgroup;

  /**
   * @param logs a folder for the containers' logs
   * @param cgroup under which the pods go: without one containerd has no stats of sandboxes
   */
  PodCalls(CriClient client, String image, Path logs, String cgroup) {
    this.client = client;
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

  /**
   * Timed where the bytes come and go, on the client's event loop: how long a thread of this process then takes to wake
   * up is no part of what is measured.
   */
  private <Q, A> A time(Timings timings, MethodDescriptor<Q, A> rpc, Q request) {
    var answer = new CompletableFuture<A>();
    client.loops().execute(() -> ask(timings, rpc, request, answer));
    try {
      return answer.join();
    } catch (CompletionException failed) {
      throw Status.fromThrowable(failed.getCause()).asRuntimeException();
    }
  }

  private <Q, A> void ask(
      Timings timings, MethodDescriptor<Q, A> rpc, Q request, CompletableFuture<A> answer) {
    long start = System.nanoTime();
    var options = CallOptions.DEFAULT.withExecutor(Runnable::run);
    ClientCalls.asyncUnaryCall(
        client.channel().newCall(rpc, options),
        request,
        new StreamObserver<>() {
          private A message;

          @Override
          public void onNext(A message) {
            this.message = message;
          }

          @Override
          public void onError(Throwable failure) {
            answer.completeExceptionally(failure);
          }

          @Override
          public void onCompleted() {
            timings.add(rpc.getBareMethodName(), start, System.nanoTime());
            answer.complete(message);
          }
        });
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
        time(
                timings,
                getRunPodSandboxMethod(),
                RunPodSandboxRequest.newBuilder().setConfig(pod).build())
            .getPodSandboxId();
    var id =
        time(
                timings,
                getCreateContainerMethod(),
                CreateContainerRequest.newBuilder()
                    .setPodSandboxId(sandbox)
                    .setConfig(container)
                    .setSandboxConfig(pod)
                    .build())
            .getContainerId();
    time(
        timings,
        getStartContainerMethod(),
        StartContainerRequest.newBuilder().setContainerId(id).build());
    return new Pod(sandbox, id, folder.resolve("main.log"));
  }

  void exec(Pod pod, Timings timings) {
    var request =
        ExecSyncRequest.newBuilder()
            .setContainerId(pod.container())
            .addCmd("true")
            .setTimeout(STOP_SECONDS)
            .build();
    var answer = time(timings, getExecSyncMethod(), request);
    if (answer.getExitCode() != 0) {
      throw new IllegalStateException("true ended with " + answer.getExitCode());
    }
  }

  void end(Pod pod, Timings timings) {
    end(pod, timings, STOP_SECONDS);
  }

  /** Only the sandbox, with all that is in it. */
  void endSandbox(Pod pod) {
    endSandbox(pod, new Timings());
  }

  private void endSandbox(Pod pod, Timings timings) {
    time(
        timings,
        getStopPodSandboxMethod(),
        StopPodSandboxRequest.newBuilder().setPodSandboxId(pod.sandbox()).build());
    time(
        timings,
        getRemovePodSandboxMethod(),
        RemovePodSandboxRequest.newBuilder().setPodSandboxId(pod.sandbox()).build());
  }

  /**
   * @param grace seconds that the container has to end by itself
   */
  void end(Pod pod, Timings timings, long grace) {
    time(
        timings,
        getStopContainerMethod(),
        StopContainerRequest.newBuilder()
            .setContainerId(pod.container())
            .setTimeout(grace)
            .build());
    time(
        timings,
        getRemoveContainerMethod(),
        RemoveContainerRequest.newBuilder().setContainerId(pod.container()).build());
    endSandbox(pod, timings);
  }

  /** Whatever pods there are: also those of a run that failed. */
  void endAll() {
    endAll(client.runtime());
  }

  private static void endAll(RuntimeServiceBlockingStub runtime) {
    for (var pod : runtime.listPodSandbox(ListPodSandboxRequest.getDefaultInstance()).getItemsList()) {
      runtime.stopPodSandbox(
          StopPodSandboxRequest.newBuilder().setPodSandboxId(pod.getId()).build());
      runtime.removePodSandbox(
          RemovePodSandboxRequest.newBuilder().setPodSandboxId(pod.getId()).build());
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
