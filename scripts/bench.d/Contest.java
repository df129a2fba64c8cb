package bench;

import io.sandjar.cri.v1.VersionRequest;
import io.sandjar.runtime.cri.CriClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Sandjar and containerd with runc, side by side on one node, and the same image in both. */
final class Contest implements AutoCloseable {

  /**
   * One of the two.
   *
   * @param processes all that belong to it, but not what runs in its pods
   */
  record Contestant(CriClient client, PodCalls pods, Supplier<Stream<ProcessHandle>> processes) {

    /** As a kubelet does all the time; and this client's own code is no part of what is measured. */
    void askManyTimes() {
      for (int i = 0; i < QUESTIONS; i++) {
        client.runtime().version(VersionRequest.getDefaultInstance());
      }
    }
  }

  private static final int QUESTIONS = 5000;

  private final BenchNode node = new BenchNode();
  private final Path logs = Files.createTempDirectory("sandjar-bench-logs");
  private final ImageRegistry registry;
  private final ContainerdPeer containerd;
  private final BenchDaemon daemon;
  private final Contestant sandjar;
  private final Contestant peer;

  Contest() throws IOException, InterruptedException {
    var busybox = Layouts.busybox();
    registry = new ImageRegistry(node);
    containerd = new ContainerdPeer(node, registry.certs());
    daemon = BenchDaemon.launch(node, "image: {registryConfig: \"" + registry.certs() + "\"}");
    var image = registry.push(busybox, "latest");
    registry.push(busybox, "pause", ContainerdPeer.SANDBOX_IMAGE);
    daemon.awaitListening();
    sandjar = contestant(daemon.criSocket(), image, "sandjar", daemon::processes);
    peer = contestant(containerd.socket(), image, "containerd", containerd::processes);
  }

  private Contestant contestant(
      Path socket, String image, String name, Supplier<Stream<ProcessHandle>> processes) {
    var client = new CriClient(socket);
    var pods =
        new PodCalls(client, image, logs.resolve(name), BenchDaemon.CGROUP + "/" + name);
    var contestant = new Contestant(client, pods, processes);
    contestant.askManyTimes();
    return contestant;
  }

  Contestant sandjar() {
    return sandjar;
  }

  Contestant peer() {
    return peer;
  }

  /** What a comparison is between, with versions. */
  List<String> versions() throws IOException {
    return List.of(
        Tool.output("containerd", "--version").strip(),
        Tool.output("runc", "--version").lines().findFirst().orElse("runc"));
  }

  @Override
  public void close() throws IOException {
    for (var contestant : List.of(peer, sandjar)) {
      contestant.pods().endAll();
      contestant.client().close();
    }
    containerd.close();
    daemon.close();
    registry.close();
    node.close();
    Tool.run("rm", "-rf", logs.toString());
  }
}
