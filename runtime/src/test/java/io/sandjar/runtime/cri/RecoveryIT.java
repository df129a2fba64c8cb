package io.sandjar.runtime.cri;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.cri.v1.ContainerState;
import io.sandjar.cri.v1.ContainerStatus;
import io.sandjar.cri.v1.PodSandboxState;
import io.sandjar.cri.v1.PodSandboxStatus;
import io.sandjar.cri.v1.PodSandboxStatusRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What a daemon that was killed finds when it is started again. */
class RecoveryIT extends OnNode {
  @Test
  void aKilledDaemonFindsItsContainersAgain() throws Exception {
    String pod = node.run(node.pod("again"));
    String running = node.createAndStart(pod, node.container("running", "sleep", "1000"));
    String created = node.create(pod, node.container("created", "sh", "-c", "exit 4"));
    String ended = node.createAndStart(pod, node.container("ended", "sh", "-c", "exit 5"));
    node.awaitExit(ended);
    PodSandboxStatus before = status(pod);

    node.crash(() -> {});

    assertEquals(before, status(pod));
    assertEquals(ContainerState.CONTAINER_RUNNING, node.status(running).getState());
    assertEquals(ContainerState.CONTAINER_CREATED, node.status(created).getState());
    assertEquals(5, node.status(ended).getExitCode());
    assertEquals("alive", node.sh(running, "echo alive"));
    node.start(created);
    assertEquals(4, node.awaitExit(created).getExitCode());
    node.stop(running, 0);
    assertEquals(137, node.status(running).getExitCode());
  }

  @Test
  void theExitOfAContainerThatEndedMeanwhileIsKnown() throws Exception {
    String pod = node.run(node.hostNetworkPod("meanwhile"));
    String container =
        node.startListening(
            pod,
            node.container(
                "app",
                "sh",
                "-c",
                "trap 'echo last; exit 6' TERM; touch /listens; while :; do sleep 0.1; done"));
    long pid = node.pidOf(container);
    Path exit = folder.resolve("run/containers/" + container + "/exit");
    node.crash(
        () -> {
          ProcessHandle.of(pid).ifPresent(ProcessHandle::destroy);
          while (!Files.exists(exit)) {
            CriNode.pause();
          }
        });
    ContainerStatus status = node.awaitExit(container);
    assertEquals(6, status.getExitCode());
    assertEquals("Error", status.getReason());
    assertTrue(status.getFinishedAt() > status.getStartedAt());
    assertEquals(List.of("last"), node.log("meanwhile", "app"));
  }

  @Test
  void everyLogLineIsThereOnceOverThreeCrashes() throws Exception {
    String pod = node.run(node.hostNetworkPod("lines"));
    int lines = 3000;
    String container =
        node.createAndStart(
            pod,
            node.container(
                "app",
                "sh",
                "-c",
                "i=0; while [ $i -lt "
                    + lines
                    + " ]; do echo line $i; i=$((i+1));"
                    + " [ $((i % 10)) = 0 ] && sleep 0.01; done"));
    for (int i = 0; i < 3; i++) {
      sleep(300);
      node.crash(() -> {});
    }
    node.awaitExit(container);
    assertEquals(
        IntStream.range(0, lines).mapToObj(i -> "line " + i).toList(), node.log("lines", "app"));
  }

  @Test
  void aPodWhosePauseDiedMeanwhileIsNotReady() throws Exception {
    String pod = node.run(node.pod("paused"));
    String container = node.createAndStart(pod, node.container("app", "sleep", "1000"));
    long pid = node.pidOfPod(pod);
    node.crash(() -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
    assertEquals(PodSandboxState.SANDBOX_NOTREADY, status(pod).getState());
    assertEquals(ContainerState.CONTAINER_EXITED, node.status(container).getState());
    assertFalse(node.daemonLog().contains("level=error"), node.daemonLog());
  }

  private static PodSandboxStatus status(String pod) {
    return node.runtime()
        .podSandboxStatus(PodSandboxStatusRequest.newBuilder().setPodSandboxId(pod).build())
        .getStatus();
  }

  private static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
