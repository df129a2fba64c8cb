package io.sandjar.runtime.cri;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.Message;
import io.grpc.CallOptions;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ClientCalls;
import io.sandjar.cri.v1.Api;
import io.sandjar.cri.v1.CreateContainerRequest;
import io.sandjar.cri.v1.ListContainersRequest;
import io.sandjar.cri.v1.ListPodSandboxRequest;
import io.sandjar.cri.v1.RunPodSandboxRequest;
import io.sandjar.cri.v1.VersionRequest;
import io.sandjar.runtime.api.NoCause;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever a client sends, it gets an answer that says what is wrong, and the node stays whole. A
 * build draws the same each time, so that it fails for what was changed; {@code
 * -Dsandjar.fuzz.seed} draws something else, as {@code scripts/nightly} does.
 */
class RpcFuzzIT {
  private static final long SEED = Long.getLong("sandjar.fuzz.seed", 1);
  private static final long SECONDS = Long.getLong("sandjar.fuzz.seconds", 0);

  /** Where no time is given: a build draws the same each time, on any machine. */
  private static final int ROUNDS = 1000;

  private static final long DEADLINE_SECONDS = 20;

  /** Their requests say how long to wait, so the client's deadline may come first. */
  private static final Set<String> WAITING =
      Set.of("StopContainer", "StopPodSandbox", "ExecSync", "GetContainerEvents");

  @TempDir private static Path folder;

  @Test
  void noRequestBreaksTheNode() throws Exception {
    Set<String> here = names(Path.of(""));
    try (CriNode node = CriNode.start(folder)) {
      Footprint footprint = Footprint.of(node);
      String first = node.run(node.pod("first"));
      node.create(first, node.container("first", "true"));
      node.removePod(first);
      Set<String> empty = footprint.look();
      Map<String, Integer> descriptors = Descriptors.atRest(node.daemonPid());
      String pod = node.run(node.pod("steady"));
      String steady = node.createAndStart(pod, node.container("app", "sleep", "100000"));
      int answered = bombard(node, pod, steady);
      assertTrue(answered > 0, "no request was answered well: the fuzz reaches nothing");
      node.runtime().version(VersionRequest.getDefaultInstance());
      node.removeAllPods();
      assertEquals(
          0,
          node.runtime()
              .listContainers(ListContainersRequest.getDefaultInstance())
              .getContainersCount());
      assertEquals(
          0,
          node.runtime()
              .listPodSandbox(ListPodSandboxRequest.getDefaultInstance())
              .getItemsCount());
      // Images that it took are not asked back.
      footprint.awaitSame(empty, thing -> thing.startsWith("file root/image/"));
      Descriptors.await(node.daemonPid(), descriptors);
      assertFalse(node.daemonLog().contains("NullPointerException"), node.daemonLog());
    }
    assertEquals(here, names(Path.of("")), "files were made in the daemon's working directory");
  }

  /** How many requests were taken. */
  private static int bombard(CriNode node, String pod, String container) {
    Random random = new Random(SEED);
    RandomMessages messages = messages(random, node, pod, container);
    List<MethodDescriptor> methods = new ArrayList<>();
    for (ServiceDescriptor service : Api.getDescriptor().getServices()) {
      methods.addAll(service.getMethods());
    }
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    Set<MethodDescriptor> unsent = new HashSet<>(methods);
    int answered = 0;
    for (int round = 0; SECONDS > 0 ? System.nanoTime() < end : round < ROUNDS; round++) {
      MethodDescriptor method = methods.get(random.nextInt(methods.size()));
      unsent.remove(method);
      Message good = good(method.getName(), node, pod, round);
      DynamicMessage request =
          good == null ? messages.of(method.getInputType()) : messages.damaged(good);
      try {
        DynamicMessage answer = call(node, method, request);
        answered++;
        if (method.getName().equals("CreateContainer")) {
          startAndRemove(node, answer);
        }
      } catch (StatusRuntimeException refused) {
        judge(method.getName(), request, refused, round);
      }
    }
    if (SECONDS == 0) {
      assertEquals(Set.of(), unsent, "some were never sent");
    }
    return answered;
  }

  /** A request that would be answered well, for those that anything would never be. */
  private static Message good(String method, CriNode node, String pod, int round) {
    return switch (method) {
      case "RunPodSandbox" ->
          RunPodSandboxRequest.newBuilder().setConfig(node.pod("p" + round)).build();
      case "CreateContainer" ->
          CreateContainerRequest.newBuilder()
              .setPodSandboxId(pod)
              .setConfig(node.container("c" + round, "true"))
              .setSandboxConfig(node.pod("steady"))
              .build();
      default -> null;
    };
  }

  private static void startAndRemove(CriNode node, DynamicMessage created) {
    String id =
        (String) created.getField(created.getDescriptorForType().findFieldByName("container_id"));
    try {
      node.start(id);
    } catch (StatusRuntimeException refused) {
      judge("StartContainer", created, refused, -1);
    }
    node.removeContainer(id);
  }

  private static void judge(
      String method, DynamicMessage request, StatusRuntimeException refused, int round) {
    Status status = refused.getStatus();
    boolean late = status.getCode() == Status.Code.DEADLINE_EXCEEDED;
    String said = status.getDescription();
    if (status.getCode() == Status.Code.UNKNOWN
        || late && !WAITING.contains(method)
        || said == null
        || said.isBlank()
        || NoCause.in(said)) {
      fail(
          "seed "
              + SEED
              + ", round "
              + round
              + ": "
              + method
              + " answers "
              + status
              + " to "
              + request);
    }
  }

  private static DynamicMessage call(
      CriNode node, MethodDescriptor method, DynamicMessage request) {
    var grpc =
        io.grpc.MethodDescriptor.<DynamicMessage, DynamicMessage>newBuilder()
            .setType(
                method.isServerStreaming()
                    ? io.grpc.MethodDescriptor.MethodType.SERVER_STREAMING
                    : io.grpc.MethodDescriptor.MethodType.UNARY)
            .setFullMethodName(
                io.grpc.MethodDescriptor.generateFullMethodName(
                    method.getService().getFullName(), method.getName()))
            .setRequestMarshaller(
                ProtoUtils.marshaller(DynamicMessage.getDefaultInstance(method.getInputType())))
            .setResponseMarshaller(
                ProtoUtils.marshaller(DynamicMessage.getDefaultInstance(method.getOutputType())))
            .build();
    boolean endless = method.getName().equals("GetContainerEvents");
    CallOptions options =
        CallOptions.DEFAULT.withDeadlineAfter(
            endless ? 100 : DEADLINE_SECONDS * 1000, TimeUnit.MILLISECONDS);
    if (method.isServerStreaming()) {
      ClientCalls.blockingServerStreamingCall(node.client().channel(), grpc, options, request)
          .forEachRemaining(each -> {});
      return DynamicMessage.getDefaultInstance(method.getOutputType());
    } else {
      return ClientCalls.blockingUnaryCall(node.client().channel(), grpc, options, request);
    }
  }

  private static RandomMessages messages(
      Random random, CriNode node, String pod, String container) {
    String parent = "/sandjar-test-fuzz-" + Long.toHexString(SEED);
    List<String> paths =
        List.of("", "relative", "../up", node.folder() + "/made", "/proc/self/root", "/dev/null");
    List<String> images =
        List.of(node.image(), "", "UPPER", "127.0.0.1:1/none", "a@sha256:0", "//", "-", "ü:ü");
    List<String> ids = List.of(pod, container, pod.substring(0, 5), "", "none", "../" + pod);
    List<String> commands = List.of("true", "false", "sh", "-c", "", "/nowhere", "exit 3");
    List<String> words =
        List.of("", "a", "app", "x".repeat(300), "ü\u0000\n", "../../etc", "%s%n", "true", "-1");
    return new RandomMessages(
        random,
        words,
        Map.ofEntries(
            Map.entry("pod_sandbox_id", ids),
            Map.entry("container_id", ids),
            Map.entry("id", ids),
            Map.entry("target_id", ids),
            Map.entry("image", images),
            Map.entry("image_ref", images),
            Map.entry("command", commands),
            Map.entry("args", commands),
            Map.entry("cmd", commands),
            Map.entry("host_path", paths),
            Map.entry("container_path", List.of("/a", "/a/b", "c", "", "/", "/proc", "../d")),
            Map.entry("log_directory", paths),
            Map.entry("log_path", List.of("", "a.log", "../b.log", "/c.log", "d/e.log")),
            Map.entry("cgroup_parent", List.of("", parent, "../..", parent + "/../x", "a.slice")),
            Map.entry("SysctlsEntry.key", List.of("kernel.shm_rmid_forced", "../../x", "a.b", "")),
            Map.entry("SysctlsEntry.value", List.of("0", "1", "", "x".repeat(5000), "\n")),
            Map.entry("UnifiedEntry.key", List.of("memory.high", "../x", "cgroup.procs", "")),
            Map.entry("pod_cidr", List.of("", "no", "10.0.0.0/33", "::1")),
            Map.entry("hostname", List.of("", "name", "x".repeat(100), "a b")),
            Map.entry("runtime_handler", List.of("", "sandjar", "none")),
            Map.entry("host_ip", List.of("", "127.0.0.1", "no", "::1")),
            Map.entry("stop_signal", List.of("SIGTERM", "9", "SIGNONE"))));
  }

  private static Set<String> names(Path of) throws IOException {
    try (var files = Files.list(of.toAbsolutePath())) {
      Set<String> names = new TreeSet<>();
      files.forEach(file -> names.add(file.getFileName().toString()));
      return names;
    }
  }
}
