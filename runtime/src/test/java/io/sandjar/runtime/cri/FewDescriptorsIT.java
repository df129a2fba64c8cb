package io.sandjar.runtime.cri;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.StatusRuntimeException;
import io.sandjar.cri.v1.ListContainersRequest;
import io.sandjar.cri.v1.ListPodSandboxRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A daemon that may open only so many files more: what does not fit says so, and nothing of it
 * stays. Tried with none, one, two and so on, until it fits: so each place that opens one fails
 * once.
 */
@Tag("machine")
class FewDescriptorsIT extends OnNode {
  private static final int ENOUGH = 150;
  private static final long PATIENCE_SECONDS = 60;

  private interface Work {
    void run() throws Exception;
  }

  @Test
  void aCommandThatDoesNotFitLeavesNothing() throws Exception {
    String pod = node.run(node.hostNetworkPod("exec"));
    String container = node.createAndStart(pod, node.container("app", "sleep", "1000"));
    untilItFits(() -> assertEquals("done", node.sh(container, "echo done")));
  }

  @Test
  void aPodThatDoesNotFitLeavesNothing() throws Exception {
    untilItFits(
        () -> {
          String pod = node.run(node.pod("life"));
          String container = node.createAndStart(pod, node.container("app", "sleep", "1000"));
          node.stop(container, 0);
          node.removePod(pod);
        });
  }

  private static void untilItFits(Work work) throws Exception {
    node.awaitSettled();
    work.run();
    int open = settled();
    for (int more = 0; more < ENOUGH; more++) {
      Optional<StatusRuntimeException> failed = with(more, work);
      if (failed.isEmpty()) {
        return;
      }
      String said = failed.get().getMessage();
      assertTrue(said.contains("EMFILE") || said.contains("Too many open files"), said);
      removeWhatThisTestMade();
      awaitOpen(open, more + " more: " + said);
    }
    throw new AssertionError("it needs more than " + ENOUGH + " files at once");
  }

  /** What failed halfway is removed as a kubelet would. */
  private static void removeWhatThisTestMade() {
    var pods = node.runtime().listPodSandbox(ListPodSandboxRequest.getDefaultInstance());
    pods.getItemsList().stream()
        .filter(pod -> pod.getMetadata().getName().equals("life"))
        .forEach(pod -> node.removePod(pod.getId()));
    var containers = node.runtime().listContainers(ListContainersRequest.getDefaultInstance());
    assertTrue(
        containers.getContainersList().stream()
            .allMatch(container -> container.getMetadata().getName().equals("app")));
  }

  private static Optional<StatusRuntimeException> with(int more, Work work) throws Exception {
    String before = softLimit();
    limit(Integer.toString(numberAfter(more)));
    try {
      work.run();
      return Optional.empty();
    } catch (StatusRuntimeException failed) {
      return Optional.of(failed);
    } finally {
      limit(before);
    }
  }

  /** Below which the daemon has that many numbers free. */
  private static int numberAfter(int free) throws IOException {
    Set<Integer> used = descriptors();
    int number = 0;
    for (int left = free; left > 0 || used.contains(number); number++) {
      if (!used.contains(number)) {
        left--;
      }
    }
    return number;
  }

  private static void limit(String soft) throws Exception {
    String pid = Long.toString(node.daemonPid());
    Process process = new ProcessBuilder("prlimit", "--pid", pid, "--nofile=" + soft + ":").start();
    assertEquals(0, process.waitFor());
  }

  private static String softLimit() throws IOException {
    return Files.readAllLines(process().resolve("limits")).stream()
        .filter(line -> line.startsWith("Max open files"))
        .map(line -> line.split("\\s+")[3])
        .findFirst()
        .orElseThrow();
  }

  private static Set<Integer> descriptors() throws IOException {
    String[] names = process().resolve("fd").toFile().list();
    return Arrays.stream(names)
        .map(Integer::valueOf)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Path process() {
    return Path.of("/proc", Long.toString(node.daemonPid()));
  }

  /**
   * How many are open when nothing is going on: the last of a pod's are closed after its answer.
   */
  private static int settled() throws Exception {
    int open = descriptors().size();
    for (int same = 0; same < 5; ) {
      TimeUnit.MILLISECONDS.sleep(50);
      int now = descriptors().size();
      same = now == open ? same + 1 : 0;
      open = now;
    }
    return open;
  }

  private static void awaitOpen(int most, String when) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (descriptors().size() > most) {
      assertTrue(System.nanoTime() < end, () -> "files stay open after " + when);
      TimeUnit.MILLISECONDS.sleep(10);
    }
  }
}
