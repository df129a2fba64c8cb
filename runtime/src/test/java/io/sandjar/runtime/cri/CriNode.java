package io.sandjar.runtime.cri;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.sandjar.cri.v1.ContainerConfig;
import io.sandjar.cri.v1.ContainerMetadata;
import io.sandjar.cri.v1.ContainerState;
import io.sandjar.cri.v1.ContainerStatus;
import io.sandjar.cri.v1.ContainerStatusRequest;
import io.sandjar.cri.v1.CreateContainerRequest;
import io.sandjar.cri.v1.ExecSyncRequest;
import io.sandjar.cri.v1.ExecSyncResponse;
import io.sandjar.cri.v1.ImageSpec;
import io.sandjar.cri.v1.LinuxPodSandboxConfig;
import io.sandjar.cri.v1.LinuxSandboxSecurityContext;
import io.sandjar.cri.v1.ListPodSandboxRequest;
import io.sandjar.cri.v1.NamespaceMode;
import io.sandjar.cri.v1.NamespaceOption;
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
import io.sandjar.netbridge.namespace.NetworkNamespace;
import io.sandjar.netbridge.nft.NftFirewall;
import io.sandjar.netbridge.rtnl.Rtnl;
import io.sandjar.runtime.container.BusyboxRegistry;
import io.sandjar.runtime.daemon.DaemonProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A node under test: a real daemon, a registry with busybox, and a client as a kubelet is one. */
public final class CriNode implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 180;

  private final Path folder;
  private final BusyboxRegistry registry;
  private final Starter starter;
  private volatile DaemonProcess daemon;
  private volatile CriClient client;

  private CriNode(Path folder, BusyboxRegistry registry, Starter starter) throws IOException {
    this.folder = folder;
    this.registry = registry;
    this.starter = starter;
    restart();
  }

  /** How the node's daemon is started, each time. */
  private interface Starter {
    DaemonProcess start(Path folder) throws IOException;
  }

  public static CriNode start(Path folder) throws IOException {
    return start(folder, DaemonProcess::start);
  }

  /** A node whose daemon has more in its environment. */
  static CriNode start(Path folder, Map<String, String> environment) throws IOException {
    return start(folder, of -> DaemonProcess.start(of, environment));
  }

  /** A node whose daemon can be commanded to fail. */
  static CriNode startFailing(Path folder) throws IOException {
    return start(folder, CriNode::failingDaemon);
  }

  private static DaemonProcess failingDaemon(Path folder) throws IOException {
    DaemonProcess daemon = DaemonProcess.launchFailing(folder);
    daemon.awaitReady();
    return daemon;
  }

  private static CriNode start(Path folder, Starter starter) throws IOException {
    CriNode node = new CriNode(folder, BusyboxRegistry.start(), starter);
    node.pull(node.image());
    return node;
  }

  public RuntimeServiceBlockingStub runtime() {
    return client.runtime();
  }

  public CriClient client() {
    return client;
  }

  public String image() {
    return registry.image();
  }

  /** Where its images come from. */
  public BusyboxRegistry registry() {
    return registry;
  }

  public void pull(String image) {
    client
        .images()
        .pullImage(
            PullImageRequest.newBuilder().setImage(ImageSpec.newBuilder().setImage(image)).build());
  }

  /** An image of so many layers on top of the usual one. */
  String pullStacked(int layers) {
    String name = registry.serveStacked("stacked-" + layers, layers);
    pull(name);
    return name;
  }

  public Path logs() {
    return folder.resolve("logs");
  }

  public Path folder() {
    return folder;
  }

  /** Kills the daemon as a crash would, does something, and starts it again. */
  public void crash(Runnable meanwhile) throws IOException, InterruptedException {
    kill();
    meanwhile.run();
    restart();
  }

  /** Kills the daemon as a crash would, and closes the client. */
  void kill() throws InterruptedException {
    client.close();
    daemon.kill();
  }

  /** Stops the daemon as an operator does; what runs goes on. */
  void shutDown() throws InterruptedException {
    client.close();
    daemon.terminate();
  }

  /** Starts a daemon that was commanded to die before it is up. */
  void startInVain() throws IOException, InterruptedException {
    daemon = DaemonProcess.launchFailing(folder);
    daemon.exitStatus();
  }

  public void restart() throws IOException {
    daemon = starter.start(folder);
    client = daemon.client();
  }

  /** Waits for what comes after the sockets: CRI is served before the API has made its files. */
  void awaitSettled() throws IOException {
    daemon.awaitSettled();
  }

  /** Waits until the daemon has said so. */
  void awaitTold(String part) throws IOException {
    daemon.awaitLog(part);
  }

  long daemonPid() {
    return daemon.pid();
  }

  public String daemonLog() throws IOException {
    return daemon.log();
  }

  public PodSandboxConfig.Builder pod(String name) {
    return PodSandboxConfig.newBuilder()
        .setMetadata(
            PodSandboxMetadata.newBuilder()
                .setName(name)
                .setNamespace("test")
                .setUid(UUID.randomUUID().toString()))
        .setLogDirectory(logs().resolve(name).toString())
        .setLinux(LinuxPodSandboxConfig.newBuilder());
  }

  public PodSandboxConfig.Builder hostNetworkPod(String name) {
    return pod(name)
        .setLinux(
            LinuxPodSandboxConfig.newBuilder()
                .setSecurityContext(
                    LinuxSandboxSecurityContext.newBuilder()
                        .setNamespaceOptions(
                            NamespaceOption.newBuilder().setNetwork(NamespaceMode.NODE))));
  }

  public String run(PodSandboxConfig.Builder pod) {
    return runtime()
        .runPodSandbox(RunPodSandboxRequest.newBuilder().setConfig(pod).build())
        .getPodSandboxId();
  }

  /** The process that holds the pod's namespaces. */
  public long pidOfPod(String sandbox) {
    return client.pidOfPod(sandbox);
  }

  /** The container's first process. */
  public long pidOf(String container) {
    return client.pidOf(container);
  }

  public ContainerConfig.Builder container(String name, String... command) {
    return ContainerConfig.newBuilder()
        .setMetadata(ContainerMetadata.newBuilder().setName(name))
        .setImage(ImageSpec.newBuilder().setImage(image()))
        .addAllCommand(List.of(command))
        .setLogPath(name + ".log");
  }

  /** A container that ends with the code when it is sent the signal. */
  public ContainerConfig.Builder listening(String name, String signal, int code) {
    return container(
        name,
        "sh",
        "-c",
        "trap 'exit %d' %s; touch /listens; while :; do sleep 0.1; done".formatted(code, signal));
  }

  /** Starts a container that is {@link #listening}, and waits until it does. */
  public String startListening(String sandbox, ContainerConfig.Builder listening) {
    String id = createAndStart(sandbox, listening);
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (exec(id, "test", "-e", "/listens").getExitCode() != 0) {
      assertTrue(System.nanoTime() < end, () -> "container " + id + " does not get ready");
      pause();
    }
    return id;
  }

  public String create(String sandbox, ContainerConfig.Builder container) {
    return runtime()
        .createContainer(
            CreateContainerRequest.newBuilder()
                .setPodSandboxId(sandbox)
                .setConfig(container)
                .build())
        .getContainerId();
  }

  public void start(String container) {
    runtime().startContainer(StartContainerRequest.newBuilder().setContainerId(container).build());
  }

  public String createAndStart(String sandbox, ContainerConfig.Builder container) {
    String id = create(sandbox, container);
    start(id);
    return id;
  }

  public void stop(String container, long timeout) {
    runtime()
        .stopContainer(
            StopContainerRequest.newBuilder()
                .setContainerId(container)
                .setTimeout(timeout)
                .build());
  }

  public void removeContainer(String container) {
    runtime()
        .removeContainer(RemoveContainerRequest.newBuilder().setContainerId(container).build());
  }

  public void removePod(String sandbox) {
    runtime().stopPodSandbox(StopPodSandboxRequest.newBuilder().setPodSandboxId(sandbox).build());
    runtime()
        .removePodSandbox(RemovePodSandboxRequest.newBuilder().setPodSandboxId(sandbox).build());
  }

  public ContainerStatus status(String container) {
    return runtime()
        .containerStatus(ContainerStatusRequest.newBuilder().setContainerId(container).build())
        .getStatus();
  }

  public ContainerStatus awaitExit(String container) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (true) {
      ContainerStatus status = status(container);
      if (status.getState() == ContainerState.CONTAINER_EXITED) {
        return status;
      }
      if (System.nanoTime() > end) {
        return fail("container " + container + " does not end: " + status);
      }
      pause();
    }
  }

  public ExecSyncResponse exec(String container, String... command) {
    return runtime()
        .execSync(
            ExecSyncRequest.newBuilder()
                .setContainerId(container)
                .addAllCmd(List.of(command))
                .setTimeout(PATIENCE_SECONDS)
                .build());
  }

  /** What a shell command in the container prints, without the last line end. */
  public String sh(String container, String script) {
    ExecSyncResponse response = exec(container, "sh", "-c", script);
    String output = response.getStdout().toStringUtf8() + response.getStderr().toStringUtf8();
    return output.strip();
  }

  /** What the container wrote, line by line, without the log's own columns. */
  public List<String> log(String pod, String container) throws IOException {
    return Files.readAllLines(logs().resolve(pod).resolve(container + ".log")).stream()
        .map(line -> line.split(" ", 4)[3])
        .toList();
  }

  public static void pause() {
    try {
      Thread.sleep(20);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      fail("interrupted");
    }
  }

  public void removeAllPods() {
    runtime()
        .listPodSandbox(ListPodSandboxRequest.getDefaultInstance())
        .getItemsList()
        .forEach(pod -> removePod(pod.getId()));
  }

  @Override
  public void close() throws IOException {
    try {
      removeAllPods();
    } finally {
      client.close();
      daemon.close();
      registry.close();
      removeNetwork();
    }
  }

  /** The bridge and the table, which a daemon leaves where they are for the next one. */
  private void removeNetwork() throws IOException {
    Matcher bridge =
        Pattern.compile("bridge: (\\S+)").matcher(Files.readString(folder.resolve("config.yaml")));
    if (!bridge.find()) {
      return;
    }
    try (NetworkNamespace host = NetworkNamespace.current();
        Rtnl rtnl = Rtnl.in(host);
        NftFirewall firewall = new NftFirewall(host, "sandjar-" + bridge.group(1))) {
      firewall.uninstall();
      if (rtnl.link(bridge.group(1)).isPresent()) {
        rtnl.deleteLink(bridge.group(1));
      }
    }
  }
}
