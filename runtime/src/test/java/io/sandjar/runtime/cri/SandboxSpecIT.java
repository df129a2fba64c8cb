package io.sandjar.runtime.cri;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Status;
import io.sandjar.cri.v1.ContainerConfig;
import io.sandjar.cri.v1.ContainerStatus;
import io.sandjar.cri.v1.DNSConfig;
import io.sandjar.cri.v1.LinuxContainerConfig;
import io.sandjar.cri.v1.LinuxContainerSecurityContext;
import io.sandjar.cri.v1.LinuxPodSandboxConfig;
import io.sandjar.cri.v1.LinuxSandboxSecurityContext;
import io.sandjar.cri.v1.NamespaceMode;
import io.sandjar.cri.v1.NamespaceOption;
import io.sandjar.cri.v1.PodSandboxStatus;
import io.sandjar.cri.v1.PodSandboxStatusRequest;
import io.sandjar.cri.v1.RunPodSandboxRequest;
import io.sandjar.cri.v1.SecurityProfile;
import io.sandjar.cri.v1.Signal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** What a kubelet asks of a sandbox and its containers is what their processes find. */
class SandboxSpecIT extends OnNode {

  @Test
  void aPodHasTheNamesAndSettingsThatItAsksFor() {
    var config =
        node.pod("asked")
            .setHostname("asked-0")
            .putLabels("app", "web")
            .putAnnotations("note", "kept")
            .setDnsConfig(
                DNSConfig.newBuilder()
                    .addServers("192.0.2.53")
                    .addSearches("test.svc.cluster.local")
                    .addOptions("ndots:5"))
            .setLinux(
                LinuxPodSandboxConfig.newBuilder()
                    .putSysctls("net.ipv4.ip_local_port_range", "2000\t3000")
                    .putSysctls("kernel.shm_rmid_forced", "1"));
    String pod =
        node.runtime()
            .runPodSandbox(
                RunPodSandboxRequest.newBuilder()
                    .setConfig(config)
                    .setRuntimeHandler("sandjar")
                    .build())
            .getPodSandboxId();
    assertTrue(Files.isDirectory(node.logs().resolve("asked")), "the log folder is made");
    PodSandboxStatus status =
        node.runtime()
            .podSandboxStatus(PodSandboxStatusRequest.newBuilder().setPodSandboxId(pod).build())
            .getStatus();
    assertEquals("sandjar", status.getRuntimeHandler());
    assertEquals(config.getLabelsMap(), status.getLabelsMap());
    assertEquals(config.getAnnotationsMap(), status.getAnnotationsMap());
    assertEquals(config.getMetadata(), status.getMetadata());

    String container = node.createAndStart(pod, node.container("app", "sleep", "1000"));
    assertEquals("asked-0", node.sh(container, "hostname"));
    assertEquals(
        List.of("nameserver 192.0.2.53", "options ndots:5", "search test.svc.cluster.local"),
        node.sh(container, "cat /etc/resolv.conf").lines().sorted().toList());
    assertEquals("2000\t3000", node.sh(container, "cat /proc/sys/net/ipv4/ip_local_port_range"));
    assertEquals("1", node.sh(container, "cat /proc/sys/kernel/shm_rmid_forced"));
  }

  @Test
  void aHandlerThatIsNotThereIsRefused() {
    var request = RunPodSandboxRequest.newBuilder().setConfig(node.pod("kata"));
    refused(
        Status.Code.INVALID_ARGUMENT,
        () -> node.runtime().runPodSandbox(request.setRuntimeHandler("kata").build()));
  }

  @Test
  void inASharedPidNamespaceThePauseIsTheInit() {
    NamespaceOption.Builder shared = NamespaceOption.newBuilder().setPid(NamespaceMode.POD);
    String pod = node.run(node.pod("shared").setLinux(sandbox().setSecurityContext(of(shared))));
    String one = node.createAndStart(pod, in(shared, node.container("one", "sleep", "98761")));
    String two = node.createAndStart(pod, in(shared, node.container("two", "sleep", "98762")));
    assertEquals("pause", node.sh(two, "cat /proc/1/comm"));
    assertTrue(node.sh(two, "ps").contains("sleep 98761"));
    assertTrue(node.sh(one, "ps").contains("sleep 98762"));
  }

  @Test
  void aContainerSeesTheProcessesOfItsTargetAndNoOthers() {
    NamespaceOption.Builder own = NamespaceOption.newBuilder().setPid(NamespaceMode.CONTAINER);
    String pod = node.run(node.pod("target").setLinux(sandbox().setSecurityContext(of(own))));
    String target = node.createAndStart(pod, in(own, node.container("target", "sleep", "98763")));
    node.createAndStart(pod, in(own, node.container("other", "sleep", "98764")));
    NamespaceOption.Builder joined =
        NamespaceOption.newBuilder().setPid(NamespaceMode.TARGET).setTargetId(target);
    String debugger =
        node.createAndStart(pod, in(joined, node.container("debugger", "sleep", "98765")));
    String seen = node.sh(debugger, "ps");
    assertTrue(seen.contains("sleep 98763") && seen.contains("sleep 98765"), seen);
    assertTrue(!seen.contains("sleep 98764"), seen);
  }

  @Test
  void thePauseIsConfinedAsThePodAsks() throws IOException {
    SecurityProfile standard =
        SecurityProfile.newBuilder()
            .setProfileType(SecurityProfile.ProfileType.RuntimeDefault)
            .build();
    String confined =
        node.run(
            node.pod("confined")
                .setLinux(
                    sandbox()
                        .setSecurityContext(
                            LinuxSandboxSecurityContext.newBuilder().setSeccomp(standard))));
    assertEquals("2", seccomp(node.pidOfPod(confined)));
    assertEquals("0", seccomp(node.pidOfPod(node.run(node.pod("free")))));
  }

  /** seccomp(2): 2 is a filter, 0 is none. */
  private static String seccomp(long pid) throws IOException {
    return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
        .filter(line -> line.startsWith("Seccomp:"))
        .map(line -> line.substring("Seccomp:".length()).strip())
        .findAny()
        .orElseThrow();
  }

  @Test
  void noThreadOfTheDaemonStaysInAPodsNamespaces() throws Exception {
    String pod = node.run(node.pod("visited"));
    String container = node.createAndStart(pod, node.container("app", "sleep", "1000"));
    node.sh(container, "true");
    Set<String> foreign = Set.of("not looked yet");
    for (int i = 0; i < 600 && !foreign.isEmpty(); i++) {
      Thread.sleep(100);
      foreign = threadsElsewhere(Path.of("/proc", Long.toString(node.daemonPid())));
    }
    assertEquals(Set.of(), foreign);
  }

  private static Set<String> threadsElsewhere(Path process) throws IOException {
    var found = new TreeSet<String>();
    for (String kind : new String[] {"net", "uts", "ipc", "mnt", "pid", "user", "cgroup"}) {
      Path own = Files.readSymbolicLink(process.resolve("ns").resolve(kind));
      try (var threads = Files.newDirectoryStream(process.resolve("task"))) {
        for (Path thread : threads) {
          Path its = Files.readSymbolicLink(thread.resolve("ns").resolve(kind));
          if (!its.equals(own)) {
            found.add(Files.readString(thread.resolve("comm")).strip() + " in " + its);
          }
        }
      } catch (IOException ended) {
        return Set.of("a thread that ended during the look");
      }
    }
    return found;
  }

  @Test
  void aContainersStatusTellsWhatItWasMadeOf() {
    String pod = node.run(node.pod("told"));
    String container =
        node.startListening(
            pod,
            node.listening("app", "USR1", 9)
                .setStopSignal(Signal.SIGUSR1)
                .putLabels("tier", "front")
                .putAnnotations("note", "kept"));
    ContainerStatus status = node.status(container);
    assertEquals(Signal.SIGUSR1, status.getStopSignal());
    assertEquals("app", status.getMetadata().getName());
    assertEquals("front", status.getLabelsOrThrow("tier"));
    assertEquals("kept", status.getAnnotationsOrThrow("note"));
    assertEquals(node.image(), status.getImage().getImage());
    assertTrue(status.getImageId().matches("sha256:[0-9a-f]{64}"), status.getImageId());
    assertTrue(status.getImageRef().contains("@sha256:"), status.getImageRef());
    assertEquals(node.logs().resolve("told/app.log").toString(), status.getLogPath());
    assertEquals(0, status.getUser().getLinux().getUid());
    node.stop(container, 600);
    assertEquals(9, node.status(container).getExitCode());
  }

  private static LinuxPodSandboxConfig.Builder sandbox() {
    return LinuxPodSandboxConfig.newBuilder();
  }

  private static LinuxSandboxSecurityContext.Builder of(NamespaceOption.Builder options) {
    return LinuxSandboxSecurityContext.newBuilder().setNamespaceOptions(options);
  }

  private static ContainerConfig.Builder in(
      NamespaceOption.Builder options, ContainerConfig.Builder container) {
    return container.setLinux(
        LinuxContainerConfig.newBuilder()
            .setSecurityContext(
                LinuxContainerSecurityContext.newBuilder().setNamespaceOptions(options)));
  }
}
