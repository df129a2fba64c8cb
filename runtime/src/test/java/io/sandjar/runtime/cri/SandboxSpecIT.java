package io.sandjar.runtime.cri;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Status;
import io.sandjar.cri.v1.ContainerConfig;
import io.sandjar.cri.v1.ContainerStatus;
import io.sandjar.cri.v1.DNSConfig;
import io.sandjar.cri.v1.Device;
import io.sandjar.cri.v1.IDMapping;
import io.sandjar.cri.v1.ImageSpec;
import io.sandjar.cri.v1.Int64Value;
import io.sandjar.cri.v1.LinuxContainerConfig;
import io.sandjar.cri.v1.LinuxContainerSecurityContext;
import io.sandjar.cri.v1.LinuxPodSandboxConfig;
import io.sandjar.cri.v1.LinuxSandboxSecurityContext;
import io.sandjar.cri.v1.ListPodSandboxRequest;
import io.sandjar.cri.v1.NamespaceMode;
import io.sandjar.cri.v1.NamespaceOption;
import io.sandjar.cri.v1.PodSandboxStatus;
import io.sandjar.cri.v1.PodSandboxStatusRequest;
import io.sandjar.cri.v1.RunPodSandboxRequest;
import io.sandjar.cri.v1.SecurityProfile;
import io.sandjar.cri.v1.Signal;
import io.sandjar.cri.v1.SupplementalGroupsPolicy;
import io.sandjar.cri.v1.UserNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
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
  void aCgroupThatIsNoPathIsRefusedAndNothingOfThePodStays() {
    for (String wrong : List.of("/sandjar-test-none/../up", "..", "/a/./b", "/a\n")) {
      var config = node.pod("lost");
      config.getLinuxBuilder().setCgroupParent(wrong);
      refused(Status.Code.INVALID_ARGUMENT, () -> node.run(config));
      refused(Status.Code.INVALID_ARGUMENT, () -> node.run(config));
    }
    var all = node.runtime().listPodSandbox(ListPodSandboxRequest.getDefaultInstance());
    assertEquals(List.of(), all.getItemsList());
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

  @Test
  void theImagesStopSignalIsSentWhereTheContainerHasNone() {
    String image = node.registry().serveStoppedBy("stopped-by", "SIGUSR2");
    node.pull(image);
    String pod = node.run(node.pod("stopsignal"));
    String container =
        node.createAndStart(
            pod,
            node.container(
                    "app",
                    "sh",
                    "-c",
                    "trap 'exit 12' USR2; touch /set; while :; do sleep 0.1; done")
                .setImage(ImageSpec.newBuilder().setImage(image)));
    node.sh(container, "until test -e /set; do sleep 0.1; done");
    node.stop(container, 60);
    assertEquals(12, node.status(container).getExitCode());
  }

  @Test
  void nothingOutlivesItsContainer() {
    NamespaceOption.Builder shared = NamespaceOption.newBuilder().setPid(NamespaceMode.POD);
    String pod = node.run(node.pod("outlive").setLinux(sandbox().setSecurityContext(of(shared))));
    String stays = node.createAndStart(pod, in(shared, node.container("stays", "sleep", "1000")));
    String ends =
        node.createAndStart(
            pod,
            in(
                shared,
                node.container(
                    "ends", "sh", "-c", "busybox setsid sleep 98768 & exec sleep 1000")));
    node.sh(stays, "until ps | grep -q '[s]leep 98768'; do sleep 0.1; done");
    assertTrue(ProcessHandle.of(node.pidOf(ends)).orElseThrow().destroy());
    assertEquals(143, node.awaitExit(ends).getExitCode());
    assertEquals("", node.sh(stays, "ps | grep '[s]leep 98768'"));
  }

  @Test
  void groupsOfTheImageAreAddedUnlessThePolicyIsStrict() throws Exception {
    String pod = node.run(node.pod("groups"));
    var context =
        LinuxContainerSecurityContext.newBuilder()
            .setRunAsUser(Int64Value.newBuilder().setValue(1000))
            .addSupplementalGroups(3000);
    for (var policy : List.of(SupplementalGroupsPolicy.Merge, SupplementalGroupsPolicy.Strict)) {
      context.setSupplementalGroupsPolicy(policy);
      String container =
          node.createAndStart(
              pod,
              node.container(policy.name().toLowerCase(Locale.ROOT), "sleep", "1000")
                  .setLinux(LinuxContainerConfig.newBuilder().setSecurityContext(context)));
      boolean merged = policy == SupplementalGroupsPolicy.Merge;
      Set<Long> expected = merged ? Set.of(1000L, 2000L, 3000L) : Set.of(1000L, 3000L);
      Path first = Path.of("/proc/" + node.pidOf(container) + "/status");
      assertEquals(expected, groups(Files.readString(first)), policy.name());
      assertEquals(expected, groups(node.sh(container, "cat /proc/self/status")), policy.name());
      var told = node.status(container).getUser().getLinux();
      assertEquals(expected, Set.copyOf(told.getSupplementalGroupsList()));
    }
  }

  private static Set<Long> groups(String status) {
    return status
        .lines()
        .filter(line -> line.startsWith("Groups:"))
        .flatMap(line -> Arrays.stream(line.substring("Groups:".length()).strip().split(" +")))
        .map(Long::valueOf)
        .collect(Collectors.toSet());
  }

  @Test
  void aDeviceIsThereWithTheAccessThatIsAskedForAndNoMore() throws Exception {
    // Whose reading needs a capability, so only writing tells: that of /dev/kmsg.
    Path device = folder.resolve("kmsg");
    Footprint.run("mknod", "-m", "666", device.toString(), "c", "1", "11");
    String pod = node.run(node.pod("devices"));
    for (String permissions : List.of("w", "r")) {
      String container =
          node.createAndStart(
              pod,
              node.container("with-" + permissions, "sleep", "1000")
                  .addDevices(
                      Device.newBuilder()
                          .setHostPath(device.toString())
                          .setContainerPath("/dev/book")
                          .setPermissions(permissions)));
      assertEquals(
          "1 11",
          node.sh(container, "echo $((0x$(stat -c %t /dev/book))) $((0x$(stat -c %T /dev/book)))"));
      // Opened and not written.
      assertEquals(
          permissions.equals("w") ? "open" : "shut",
          node.sh(container, "(: >> /dev/book) 2> /dev/null && echo open || echo shut"));
    }
    var config = node.container("none", "true");
    config.addDevices(
        Device.newBuilder().setHostPath("/dev/no-such-device").setContainerPath("/dev/x"));
    refused(Status.Code.INVALID_ARGUMENT, () -> node.create(pod, config));
  }

  @Test
  void aSettingOfTheWholeMachineIsRefused() {
    refused(
        Status.Code.INVALID_ARGUMENT,
        () -> node.run(node.pod("unsafe").setLinux(sandbox().putSysctls("vm.swappiness", "1"))));
    NamespaceOption.Builder host = NamespaceOption.newBuilder().setNetwork(NamespaceMode.NODE);
    refused(
        Status.Code.INVALID_ARGUMENT,
        () ->
            node.run(
                node.pod("hosts")
                    .setLinux(
                        sandbox()
                            .setSecurityContext(of(host))
                            .putSysctls("net.ipv4.ip_forward", "0"))));
  }

  @Test
  void userNamespacesThatNoKubeletMakesAreRefused() {
    IDMapping whole = mapping(0, 200_000, 65_536);
    for (UserNamespace.Builder wrong :
        List.of(
            userNamespace(whole, mapping(0, 300_000, 65_536)),
            userNamespace(mapping(0, 0, 65_536), mapping(0, 0, 65_536)),
            userNamespace(mapping(0, 200_000, 0), mapping(0, 200_000, 0)),
            userNamespace(whole, whole).addUids(mapping(65_536, 400_000, 1)),
            userNamespace(whole, whole).clearGids())) {
      NamespaceOption.Builder options = NamespaceOption.newBuilder().setUsernsOptions(wrong);
      refused(
          Status.Code.INVALID_ARGUMENT,
          () -> node.run(node.pod("wrong").setLinux(sandbox().setSecurityContext(of(options)))));
    }
    NamespaceOption.Builder right =
        NamespaceOption.newBuilder().setUsernsOptions(userNamespace(whole, whole));
    String pod = node.run(node.pod("right").setLinux(sandbox().setSecurityContext(of(right))));
    IDMapping other = mapping(0, 500_000, 65_536);
    NamespaceOption.Builder another =
        NamespaceOption.newBuilder().setUsernsOptions(userNamespace(other, other));
    refused(
        Status.Code.INVALID_ARGUMENT,
        () -> node.create(pod, in(another, node.container("another", "true"))));
  }

  private static UserNamespace.Builder userNamespace(IDMapping uids, IDMapping gids) {
    return UserNamespace.newBuilder().setMode(NamespaceMode.POD).addUids(uids).addGids(gids);
  }

  private static IDMapping mapping(int container, int host, int length) {
    return IDMapping.newBuilder()
        .setContainerId(container)
        .setHostId(host)
        .setLength(length)
        .build();
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
