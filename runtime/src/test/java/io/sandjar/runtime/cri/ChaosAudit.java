package io.sandjar.runtime.cri;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.cri.v1.Container;
import io.sandjar.cri.v1.ContainerState;
import io.sandjar.cri.v1.ContainerStatus;
import io.sandjar.cri.v1.ImageSpec;
import io.sandjar.cri.v1.ListContainersRequest;
import io.sandjar.cri.v1.ListImagesRequest;
import io.sandjar.cri.v1.ListPodSandboxRequest;
import io.sandjar.cri.v1.PodSandbox;
import io.sandjar.cri.v1.PodSandboxState;
import io.sandjar.cri.v1.RemoveImageRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;

/** Compares the kernel, the files and the API after a round of {@link Chaos}. */
final class ChaosAudit {
  private static final int UNKNOWN_EXIT_CODE = 255;
  private static final long PATIENCE_SECONDS = 60;

  private final Sabotage sabotage;
  private final CriNode node;
  private final Promises promises;
  private int audited;

  ChaosAudit(Sabotage sabotage, Promises promises) {
    this.sabotage = sabotage;
    this.node = sabotage.node();
    this.promises = promises;
  }

  /** How many containers it has looked at. */
  int audited() {
    return audited;
  }

  /** Every container is there, and came to the end that it had to come to; so did its log. */
  void containers() throws IOException {
    Map<String, Container> listed = new HashMap<>();
    node.runtime()
        .listContainers(ListContainersRequest.getDefaultInstance())
        .getContainersList()
        .forEach(container -> listed.put(container.getId(), container));
    audited += promises.made.size();
    for (Map.Entry<String, String> each : promises.made.entrySet()) {
      Container container = listed.get(each.getKey());
      if (container == null) {
        throw new AssertionError("container " + each.getKey() + " is gone");
      }
      Set<String> causes = sabotage.ofContainer(each.getKey(), each.getValue());
      try {
        judge(container, each.getValue(), causes);
      } catch (AssertionError wrong) {
        throw new AssertionError(
            container.getMetadata().getName()
                + " of "
                + each.getValue()
                + ", "
                + causes
                + ": "
                + wrong.getMessage()
                + '\n'
                + node.status(container.getId()),
            wrong);
      }
    }
  }

  private void judge(Container container, String pod, Set<String> causes) throws IOException {
    String id = container.getId();
    String name = container.getMetadata().getName();
    boolean sleeps = name.startsWith("sleep");
    if (causes.isEmpty() && sleeps) {
      assertEquals("alive", node.sh(id, "echo alive"));
      awaitLines(pod, name);
    }
    if (causes.isEmpty() && !sleeps) {
      assertEquals(codeOf(name), node.awaitExit(id).getExitCode());
      assertEquals(Promises.LINES, lines(pod, name).size());
    }
    if (promises.started.contains(id) && sleeps) {
      // Nothing but this can have ended it, and this has.
      if (causes.equals(Set.of(Sabotage.MONITOR_KILLED))) {
        assertEquals(UNKNOWN_EXIT_CODE, node.awaitExit(id).getExitCode());
      } else if (causes.equals(Set.of(Sabotage.KILLED))) {
        assertEquals(128 + 9, node.awaitExit(id).getExitCode());
      }
    }
    ContainerStatus status = node.status(id);
    boolean ended = status.getState() == ContainerState.CONTAINER_EXITED;
    if (ended && !causes.isEmpty()) {
      judgeEnd(status, name, causes);
    }
    List<String> lines = lines(pod, name);
    assertEquals(IntStream.range(0, lines.size()).mapToObj(i -> "line " + i).toList(), lines);
    // With a monitor goes what no daemon had read of the pipes that it held.
    if (ended && !causes.contains(Sabotage.MONITOR_KILLED)) {
      int noted = noted(pod, name);
      assertTrue(
          lines.size() == noted || lines.size() == noted + 1,
          () -> lines.size() + " lines in the log of " + noted + " that were written");
    }
  }

  private static int codeOf(String name) {
    return Integer.parseInt(name.split("-")[1]);
  }

  /** It may have ended by itself before it was disturbed. */
  private static void judgeEnd(ContainerStatus status, String name, Set<String> causes) {
    Set<Integer> possible = new HashSet<>(Set.of(128 + 9, 128 + 15));
    if (name.startsWith("exit")) {
      possible.add(codeOf(name));
    }
    if (causes.contains(Sabotage.MONITOR_KILLED)) {
      possible.add(UNKNOWN_EXIT_CODE);
    }
    assertTrue(possible.contains(status.getExitCode()), () -> "not one of " + possible);
    boolean unknown = status.getExitCode() == UNKNOWN_EXIT_CODE;
    assertEquals(unknown, status.getReason().equals("Unknown"));
    assertTrue(!unknown || status.getMessage().contains("its monitor"), "it does not say why");
  }

  private void awaitLines(String pod, String name) throws IOException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (lines(pod, name).size() < Promises.LINES && System.nanoTime() < end) {
      CriNode.pause();
    }
    assertEquals(Promises.LINES, lines(pod, name).size());
  }

  /** How many lines it has noted as written; it may have died before it noted the last. */
  private int noted(String pod, String name) throws IOException {
    Path notes = node.folder().resolve(Promises.PROGRESS).resolve(pod + '-' + name);
    return Files.exists(notes) ? Files.readAllLines(notes).size() : 0;
  }

  /** Waits until the kernel has what the API tells, and nothing else. */
  void awaitAgreement() throws IOException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    List<String> wrong = disagreements();
    while (!wrong.isEmpty() && System.nanoTime() < end) {
      CriNode.pause();
      wrong = disagreements();
    }
    assertEquals(List.of(), wrong);
  }

  private List<String> disagreements() throws IOException {
    List<String> wrong = new ArrayList<>();
    Set<String> watched = new HashSet<>(sabotage.monitors().values());
    for (Container container :
        node.runtime()
            .listContainers(ListContainersRequest.getDefaultInstance())
            .getContainersList()) {
      boolean hasMonitor = watched.remove(container.getId());
      boolean runs = container.getState() == ContainerState.CONTAINER_RUNNING;
      if (runs && !(hasMonitor && isAlive(() -> node.pidOf(container.getId())))) {
        wrong.add("runs without a process or a monitor: " + container);
      }
      if (container.getState() == ContainerState.CONTAINER_EXITED && hasMonitor) {
        wrong.add("has ended, and its monitor has not: " + container);
      }
    }
    watched.forEach(id -> wrong.add("is watched, and not known: " + id));
    for (PodSandbox pod :
        node.runtime().listPodSandbox(ListPodSandboxRequest.getDefaultInstance()).getItemsList()) {
      boolean ready = pod.getState() == PodSandboxState.SANDBOX_READY;
      if (ready && !isAlive(() -> node.pidOfPod(pod.getId()))) {
        wrong.add("is ready without a pause: " + pod);
      }
    }
    return wrong;
  }

  private static boolean isAlive(LongSupplier pid) {
    try {
      return ProcessHandle.of(pid.getAsLong()).filter(ProcessHandle::isAlive).isPresent();
    } catch (NumberFormatException none) {
      return false;
    }
  }

  /** Each image is there or not, as its client knows, and after a pull it is whole. */
  void images() {
    Set<String> listed = new HashSet<>();
    node.client()
        .images()
        .listImages(ListImagesRequest.getDefaultInstance())
        .getImagesList()
        .forEach(image -> listed.addAll(image.getRepoTagsList()));
    promises.images.forEach(
        (image, present) ->
            assertEquals(present, listed.contains(promises.served.get(image)), image));
    String pod = node.run(node.pod("images"));
    promises.served.forEach(
        (image, name) -> {
          node.pull(name);
          var config = node.container(image, "cat", "/layer-0");
          config.getImageBuilder().setImage(name);
          assertEquals(0, node.awaitExit(node.createAndStart(pod, config)).getExitCode(), image);
        });
    node.removePod(pod);
    promises
        .served
        .values()
        .forEach(
            name ->
                node.client()
                    .images()
                    .removeImage(
                        RemoveImageRequest.newBuilder()
                            .setImage(ImageSpec.newBuilder().setImage(name))
                            .build()));
  }

  private List<String> lines(String pod, String name) throws IOException {
    try {
      return node.log(pod, name);
    } catch (NoSuchFileException neverStarted) {
      return List.of();
    }
  }
}
