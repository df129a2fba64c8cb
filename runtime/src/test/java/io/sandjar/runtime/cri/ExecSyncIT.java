package io.sandjar.runtime.cri;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Status;
import io.sandjar.cri.v1.ExecSyncRequest;
import io.sandjar.cri.v1.ExecSyncResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Commands that run to their end in a container, with what a probe or hook asks of them. */
@Tag("machine")
class ExecSyncIT extends OnNode {
  private static final int AT_ONCE = 16;

  /** Far less than what the commands here would take by themselves, on a busy machine too. */
  private static final long LONG_NANOS = 60_000_000_000L;

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
    refused(
        Status.Code.DEADLINE_EXCEEDED,
        () ->
            node.runtime()
                .execSync(
                    ExecSyncRequest.newBuilder()
                        .setContainerId(container)
                        .addAllCmd(List.of("sh", "-c", "sleep 987654 & sleep 987655"))
                        .setTimeout(1)
                        .build()));
    awaitGone(container, "98765[45]");
  }

  @Test
  void execSyncKillsTheWholeTreeWhenItsCallerGoesAway() {
    String pod = node.run(node.hostNetworkPod("away"));
    String container = node.createAndStart(pod, node.container("app", "sleep", "1000"));
    refused(
        Status.Code.DEADLINE_EXCEEDED,
        () ->
            node.runtime()
                .withDeadlineAfter(1, TimeUnit.SECONDS)
                .execSync(
                    ExecSyncRequest.newBuilder()
                        .setContainerId(container)
                        .addAllCmd(List.of("sh", "-c", "sleep 987656 & sleep 987657"))
                        .build()));
    awaitGone(container, "98765[67]");
  }

  /** Killed, and not yet gone. */
  private static void awaitGone(String container, String commands) {
    String look = "ps | grep '" + commands + "'";
    String left = node.sh(container, look);
    for (int i = 0; i < 3000 && !left.isEmpty(); i++) {
      CriNode.pause();
      left = node.sh(container, look);
    }
    assertEquals("", left);
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
    ExecSyncResponse response = zeros(container, 20);
    assertEquals(0, response.getExitCode());
    assertEquals(16 << 20, response.getStdout().size());
  }

  @Test
  void manyLargeOutputsAtOnceAreBornByTheDaemonsHeap() throws Exception {
    String pod = node.run(node.hostNetworkPod("budget"));
    String container = node.createAndStart(pod, node.container("app", "sleep", "1000"));
    ExecutorService callers = Executors.newFixedThreadPool(AT_ONCE);
    try {
      List<Future<ExecSyncResponse>> calls = new ArrayList<>();
      for (int i = 0; i < AT_ONCE; i++) {
        calls.add(callers.submit(() -> zeros(container, 16)));
      }
      for (Future<ExecSyncResponse> call : calls) {
        ExecSyncResponse response = call.get();
        assertEquals(0, response.getExitCode());
        // Cut at its end where the daemon had no room left, and never longer than the limit.
        assertTrue(response.getStdout().size() <= 16 << 20, () -> "" + response.getStdout().size());
      }
    } finally {
      callers.shutdown();
    }
    assertEquals(16 << 20, zeros(container, 16).getStdout().size(), "all room is given back");
    assertFalse(node.daemonLog().contains("OutOfMemoryError"), node.daemonLog());
  }

  private static ExecSyncResponse zeros(String container, int mebibytes) {
    return node.client()
        .runtime()
        .withMaxInboundMessageSize(64 << 20)
        .execSync(
            ExecSyncRequest.newBuilder()
                .setContainerId(container)
                .addAllCmd(List.of("dd", "if=/dev/zero", "bs=1M", "count=" + mebibytes))
                .build());
  }
}
