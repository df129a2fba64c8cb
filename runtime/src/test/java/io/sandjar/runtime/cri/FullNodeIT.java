package io.sandjar.runtime.cri;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.sandjar.cri.v1.ContainerFilter;
import io.sandjar.cri.v1.ContainerState;
import io.sandjar.cri.v1.ContainerStateValue;
import io.sandjar.cri.v1.ListContainersRequest;
import io.sandjar.cri.v1.ListPodSandboxRequest;
import io.sandjar.cri.v1.ListPodSandboxStatsRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** As many pods as a kubelet starts by default. */
class FullNodeIT extends OnNode {
  private static final int PODS = 110;

  /** What a kubelet's workers do at once on a small machine. */
  private static final int AT_ONCE = 4;

  @Test
  void aHundredAndTenPodsOfTwoContainersRunAndGoWithoutATrace() throws Exception {
    List<String> before = kernelObjects();
    List<String> pods =
        atOnce(IntStream.range(0, PODS).mapToObj(i -> "pod" + i).toList(), this::run);
    assertEquals(
        PODS,
        node.runtime().listPodSandbox(ListPodSandboxRequest.getDefaultInstance()).getItemsCount());
    assertEquals(2 * PODS, running());
    var stats = node.runtime().listPodSandboxStats(ListPodSandboxStatsRequest.getDefaultInstance());
    assertEquals(PODS, stats.getStatsCount());
    stats
        .getStatsList()
        .forEach(pod -> assertEquals(2, pod.getLinux().getContainersCount(), pod::toString));

    atOnce(
        pods,
        pod -> {
          node.removePod(pod);
          return pod;
        });
    assertEquals(0, running());
    awaitKernelObjects(before);
    assertFalse(node.daemonLog().contains("level=error"), node.daemonLog());
  }

  private String run(String name) {
    String pod = node.run(node.pod(name));
    node.createAndStart(pod, node.container("a", "sleep", "1000"));
    node.createAndStart(pod, node.container("b", "sleep", "1000"));
    return pod;
  }

  private static List<String> atOnce(
      List<String> names, java.util.function.UnaryOperator<String> work) {
    var workers = Executors.newFixedThreadPool(AT_ONCE);
    try {
      return names.stream()
          .map(name -> CompletableFuture.supplyAsync(() -> work.apply(name), workers))
          .toList()
          .stream()
          .map(CompletableFuture::join)
          .toList();
    } finally {
      workers.shutdown();
    }
  }

  private static int running() {
    return node.runtime()
        .listContainers(
            ListContainersRequest.newBuilder()
                .setFilter(
                    ContainerFilter.newBuilder()
                        .setState(
                            ContainerStateValue.newBuilder()
                                .setState(ContainerState.CONTAINER_RUNNING)))
                .build())
        .getContainersCount();
  }

  /** The kernel takes links away some time after the namespace that they were in. */
  private static void awaitKernelObjects(List<String> expected) throws IOException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!kernelObjects().equals(expected) && System.nanoTime() < end) {
      CriNode.pause();
    }
    assertEquals(expected, kernelObjects());
  }

  /** Files, mounts, cgroups, namespaces and links that are this node's. */
  private static List<String> kernelObjects() throws IOException {
    var found = new ArrayList<String>();
    String config = Files.readString(folder.resolve("config.yaml"));
    String bridge = config.replaceAll("(?s).*bridge: (\\S+).*", "$1");
    String parent = config.replaceAll("(?s).*parent: /(\\S+).*", "$1");
    for (String line : Files.readAllLines(Path.of("/proc/self/mountinfo"))) {
      if (line.contains(folder.toString()) || line.contains(bridge)) {
        found.add("mount " + line.split(" ")[4]);
      }
    }
    add(found, folder.resolve("root").resolve("sandboxes"));
    add(found, folder.resolve("root").resolve("containers"));
    add(found, folder.resolve("root").resolve("image").resolve("snapshots"));
    add(found, folder.resolve("run").resolve("sandboxes"));
    add(found, folder.resolve("run").resolve("containers"));
    for (Path controller : list(Path.of("/sys/fs/cgroup"))) {
      add(found, controller.resolve(parent));
    }
    add(found, Path.of("/sys/fs/cgroup").resolve(parent));
    add(found, Path.of("/sys/class/net").resolve(bridge).resolve("brif"));
    return found;
  }

  private static void add(List<String> found, Path where) throws IOException {
    list(where).stream().map(Path::toString).sorted().forEach(found::add);
  }

  private static List<Path> list(Path where) throws IOException {
    if (!Files.isDirectory(where)) {
      return List.of();
    }
    try (var entries = Files.list(where)) {
      return entries.filter(Files::isDirectory).toList();
    }
  }
}
