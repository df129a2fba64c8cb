package io.sandjar.runtime.pod.qos;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sandjar.runtime.linux.cgroup.Resources;
import io.sandjar.runtime.pod.rules.PodTemplate;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The kubelet's own figures, on a node with 4 GiB. */
class ResourceLimitsTest {
  private final ResourceLimits limits = new ResourceLimits(4L << 30);

  @Test
  void whoRequestsNothingIsTakenFirstAndHasTheLeastShares() {
    Map<String, Object> pod = pod("{containers: [{name: c}]}");
    assertEquals(QosClass.BEST_EFFORT, QosClass.of(pod));
    assertEquals(1000, oomScore(pod, "c"));
    assertEquals(2, of(pod, "c").cpuShares().orElseThrow());
    assertEquals(2, limits.ofPod(pod).cpuShares().orElseThrow());
  }

  @Test
  void whoseLimitsAreItsRequestsIsTakenLast() {
    String all = "{cpu: 500m, memory: 1Gi}";
    Map<String, Object> pod =
        pod("{containers: [{name: c, resources: {requests: " + all + ", limits: " + all + "}}]}");
    assertEquals(QosClass.GUARANTEED, QosClass.of(pod));
    assertEquals(-997, oomScore(pod, "c"));
    Resources given = of(pod, "c");
    assertEquals(512, given.cpuShares().orElseThrow());
    assertEquals(50_000, given.cpuQuota().orElseThrow());
    assertEquals(100_000, given.cpuPeriod().orElseThrow());
    assertEquals(1L << 30, given.memoryLimit().orElseThrow());
    assertEquals(1L << 30, limits.ofPod(pod).memoryLimit().orElseThrow());
  }

  @Test
  void betweenThemTheMemoryThatIsRequestedDecides() {
    Map<String, Object> pod =
        pod(
            """
            initContainers:
            - {name: side, restartPolicy: Always, resources: {requests: {memory: 256Mi}}}
            - {name: large, restartPolicy: Always, resources: {requests: {memory: 3Gi}}}
            - {name: init, resources: {requests: {memory: 256Mi}}}
            containers:
            - {name: quarter, resources: {requests: {memory: 1Gi}, limits: {cpu: 1m}}}
            - {name: all, resources: {requests: {memory: 4Gi}}}
            - {name: half, resources: {requests: {memory: 2Gi}}}
            """);
    assertEquals(QosClass.BURSTABLE, QosClass.of(pod));
    assertEquals(750, oomScore(pod, "quarter"));
    assertEquals(500, oomScore(pod, "half"));
    assertEquals(3, oomScore(pod, "all"), "never below a guaranteed one");
    assertEquals(938, oomScore(pod, "init"));
    assertEquals(750, oomScore(pod, "side"), "not before the containers that it serves");
    assertEquals(250, oomScore(pod, "large"));
    assertEquals(1000, of(pod, "quarter").cpuQuota().orElseThrow(), "what the kernel takes");
    Map<String, Object> little =
        pod("{containers: [{name: c, resources: {requests: {memory: 1}}}]}");
    assertEquals(999, oomScore(little, "c"), "never as high as one without requests");
  }

  @Test
  void whatTheNodeCannotDoWithoutIsTakenLast() {
    Map<String, Object> pod =
        pod("{priorityClassName: system-node-critical, containers: [{name: c}]}");
    assertEquals(-997, oomScore(pod, "c"));
  }

  private int oomScore(Map<String, Object> pod, String name) {
    return of(pod, name).oomScoreAdj().orElseThrow();
  }

  private Resources of(Map<String, Object> pod, String name) {
    return limits.ofContainer(
        pod,
        PodTemplate.containers(pod).stream()
            .filter(placed -> placed.name().equals(name))
            .findFirst()
            .orElseThrow());
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> pod(String spec) {
    return Map.of(
        "spec",
        (Map<String, Object>) new Load(LoadSettings.builder().build()).loadFromString(spec));
  }
}
