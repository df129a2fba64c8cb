package bench;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A daemon in folders of its own on a node of its own, started as an operator starts it: by the
 * script. Its bridge goes with the node.
 */
public final class BenchDaemon implements AutoCloseable {
  public static final Path CHECKOUT = Path.of(System.getProperty("sandjar.checkout"));
  public static final Path SCRIPT = CHECKOUT.resolve("scripts").resolve("sandjar");

  /** Of this run alone: what another run holds is not removed with it. */
  static final String CGROUP = "/sandjar-bench-" + ProcessHandle.current().pid();

  private static final long START_SECONDS = 120;

  private final Path folder;
  private final Process process;
  private final long startedNanos;

  private BenchDaemon(Path folder, Process process, long startedNanos) {
    this.folder = folder;
    this.process = process;
    this.startedNanos = startedNanos;
  }

  /** Starts a daemon on {@code node}; it may not listen yet. */
  public static BenchDaemon launch(BenchNode node) throws IOException {
    return launch(node, "");
  }

  /**
   * @param more lines of its config
   */
  public static BenchDaemon launch(BenchNode node, String more) throws IOException {
    var folder = Files.createTempDirectory("sandjar-bench");
    var config =
        """
        cgroup: {parent: %1$s}
        manifests: %2$s/manifests
        network: {namespaceFolder: %2$s/netns}
        """
            .formatted(CGROUP, folder);
    Files.writeString(folder.resolve("config.yaml"), config + more + "\n");
    var state = Tool.memory(folder.resolve("run"));
    var builder =
        new ProcessBuilder(
                SCRIPT.toString(),
                "daemon",
                "--config=" + folder.resolve("config.yaml"),
                "--root=" + folder.resolve("root"),
                "--state=" + state,
                "--log-level=warning")
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("log").toFile());
    long started = System.nanoTime();
    var daemon = new BenchDaemon(folder, node.start(builder), started);
    Held.hold(daemon);
    return daemon;
  }

  /** All that it writes, but for pods' logs. */
  Path folder() {
    return folder;
  }

  long pid() {
    return process.pid();
  }

  public Path root() {
    return folder.resolve("root");
  }

  public Path criSocket() {
    return folder.resolve("run").resolve("sandjar.sock");
  }

  public Path httpSocket() {
    return folder.resolve("run").resolve("api.sock");
  }

  /** Waits until somebody listens on the CRI socket, looking every millisecond. */
  public void awaitListening() throws IOException, InterruptedException {
    awaitListening(criSocket());
  }

  private void awaitListening(Path socket) throws IOException, InterruptedException {
    long end = startedNanos + TimeUnit.SECONDS.toNanos(START_SECONDS);
    while (true) {
      try {
        SocketChannel.open(UnixDomainSocketAddress.of(socket)).close();
        return;
      } catch (IOException notYet) {
        if (!process.isAlive() || System.nanoTime() > end) {
          throw new IOException("the daemon did not start: " + Files.readString(folder.resolve("log")));
        }
        Thread.sleep(1);
      }
    }
  }

  /** Milliseconds since the script was executed. */
  public double millisSinceStart() {
    return (System.nanoTime() - startedNanos) / 1e6;
  }

  /** The memory that is this process's share, in MiB: proportional set size, see proc(5). */
  public double pssMiB() {
    return Memory.pssMiB(process.toHandle());
  }

  /** The daemon and all that holds its pods, but not what runs in them. */
  public Stream<ProcessHandle> processes() {
    return Memory.holders(Stream.of(process.toHandle()));
  }

  /** Milliseconds of processor time so far: what a start costs however busy the machine is. */
  public double cpuMillis() {
    return process.info().totalCpuDuration().orElseThrow().toNanos() / 1e6;
  }

  @Override
  public void close() throws IOException {
    if (!Held.release(this)) {
      return;
    }
    PodCalls.endAllOfBrokenRun(criSocket());
    process.destroy();
    try {
      if (!process.waitFor(START_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    Tool.run("umount", "--lazy", "--recursive", folder.resolve("run").toString());
    Tool.run("rm", "-rf", "--one-file-system", folder.toString());
    removeCgroups();
  }

  /** What is left of its cgroups is empty, in every hierarchy. */
  private static void removeCgroups() throws IOException {
    try (var roots = Files.list(Path.of("/sys/fs/cgroup"))) {
      for (var root : Stream.concat(roots, Stream.of(Path.of("/sys/fs/cgroup"))).toList()) {
        var cgroup = Path.of(root + CGROUP);
        if (Files.isDirectory(cgroup)) {
          Tool.run("find", cgroup.toString(), "-depth", "-type", "d", "-delete");
        }
      }
    }
  }
}
