package io.sandjar.runtime.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.sandjar.runtime.cri.CriClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A daemon in a JVM of its own, on folders of its own, as an operator starts one. */
public final class DaemonProcess implements AutoCloseable {
  private static final Path CGROUPS = Path.of("/sys/fs/cgroup");
  private static final Pattern PARENT = Pattern.compile("parent: /(sandjar-test-\\w+)");
  private static final Pattern BRIDGE = Pattern.compile("bridge: (\\S+)");

  /** Emulated, a daemon starts in one or two minutes. */
  static final int START_SECONDS = 300;

  private static final long STOP_SECONDS = 120;

  private final Path folder;
  private final Path log;
  private final Process process;

  private DaemonProcess(Path folder, Path log, Process process) {
    this.folder = folder;
    this.log = log;
    this.process = process;
  }

  /** Starts a daemon whose root and state lie in {@code folder}, and waits until it answers. */
  public static DaemonProcess start(Path folder) throws IOException {
    var daemon = launch(folder, Map.of());
    daemon.awaitReady();
    return daemon;
  }

  /** As {@link #start(Path)}, with more lines in its config. */
  public static DaemonProcess start(Path folder, String more) throws IOException {
    Files.writeString(folder.resolve("config.yaml"), config() + more + "\n");
    return start(folder);
  }

  /** As {@link #start(Path)}, with more in its environment. */
  public static DaemonProcess start(Path folder, Map<String, String> environment)
      throws IOException {
    var daemon = launch(folder, environment);
    daemon.awaitReady();
    return daemon;
  }

  /** As {@link #start(Path)}, in another group than root's. */
  static DaemonProcess startInGroup(Path folder, int group) throws IOException {
    var daemon = launch(inGroup(group), Main.class, folder, Map.of());
    daemon.awaitReady();
    return daemon;
  }

  /** A command that is executed in that group. */
  static List<String> inGroup(int group, String... command) {
    return Stream.concat(
            Stream.of("setpriv", "--regid=" + group, "--keep-groups"), Stream.of(command))
        .toList();
  }

  /** As {@link #start(Path)}, by the script, which knows what flags a daemon is to run with. */
  static DaemonProcess startByScript(Path folder) throws IOException {
    String script = Path.of("..", "scripts", "sandjar").toAbsolutePath().normalize().toString();
    var environment = Map.of("JAVA_HOME", System.getProperty("java.home"));
    var daemon = launch(List.of(script, "daemon"), folder, environment);
    daemon.awaitReady();
    return daemon;
  }

  /** Starts a daemon that may refuse to run. */
  static DaemonProcess launch(Path folder, Map<String, String> environment, String... flags)
      throws IOException {
    return launch(List.of(), Main.class, folder, environment, flags);
  }

  /** Starts a daemon that obeys {@link FileFailpoints}; it may be told to die before it is up. */
  public static DaemonProcess launchFailing(Path folder) throws IOException {
    return launch(List.of(), FailingDaemon.class, folder, Map.of());
  }

  private static DaemonProcess launch(
      List<String> by, Class<?> main, Path folder, Map<String, String> environment, String... flags)
      throws IOException {
    var command = new ArrayList<>(by);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    if (Runtime.version().feature() >= 24) {
      command.add("--enable-native-access=ALL-UNNAMED");
      command.add("--sun-misc-unsafe-memory-access=allow");
    }
    // On machines that are too slow without.
    String more = System.getProperty("sandjar.test.daemon", "");
    command.addAll(more.isBlank() ? List.of() : List.of(more.split(" ")));
    command.addAll(
        List.of(
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            // What scripts/sandjar gives it: what it promises must fit in there.
            "-Xmx256m",
            "-XX:+ExitOnOutOfMemoryError",
            "-cp",
            System.getProperty("java.class.path"),
            main.getName()));
    return launch(command, folder, environment, flags);
  }

  private static DaemonProcess launch(
      List<String> start, Path folder, Map<String, String> environment, String... flags)
      throws IOException {
    assertEquals("root", System.getProperty("user.name"), "this test needs root");
    var config = folder.resolve("config.yaml");
    if (!Files.exists(config)) {
      Files.writeString(config, config());
    }
    var command = new ArrayList<>(start);
    command.addAll(
        List.of(
            "--config=" + config,
            "--root=" + folder.resolve("root"),
            "--state=" + folder.resolve("run")));
    command.addAll(List.of(flags));
    var log = Files.createTempFile(folder, "daemon", ".log");
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().remove("NOTIFY_SOCKET");
    builder.environment().putAll(environment);
    return new DaemonProcess(folder, log, builder.redirectOutput(log.toFile()).start());
  }

  /** A network of its own, so that daemons of several tests do not meet. */
  static String config() {
    var random = new Random();
    return """
    network:
      bridge: sjt%06x
      podCIDR: [10.%d.%d.0/24]
    cgroup:
      parent: /sandjar-test-%1$06x
    """
        .formatted(random.nextInt(1 << 24), 100 + random.nextInt(100), random.nextInt(256));
  }

  public Path criSocket() {
    return folder.resolve("run").resolve("sandjar.sock");
  }

  public Path httpSocket() {
    return folder.resolve("run").resolve("api.sock");
  }

  public CriClient client() {
    return new CriClient(criSocket());
  }

  public String log() throws IOException {
    return Files.readString(log);
  }

  public long pid() {
    return process.pid();
  }

  /** Waits until both sockets are served; a daemon that does not get there is ended. */
  public void awaitReady() throws IOException {
    try {
      awaitLog("serving CRI on ");
    } catch (AssertionError failed) {
      process.destroyForcibly();
      close();
      throw failed;
    }
  }

  /** Waits until it has made all that it makes at its start: kubectl is served last, or never. */
  public void awaitSettled() throws IOException {
    awaitLog("serving kubectl", "kubectl is not served");
  }

  /** Waits until the daemon has said one of these. */
  public void awaitLog(String... parts) throws IOException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
    while (Stream.of(parts).noneMatch(log()::contains)) {
      assertTrue(process.isAlive(), () -> "the daemon ended: " + logOrNothing());
      assertTrue(System.nanoTime() < end, () -> "the daemon did not start: " + logOrNothing());
      try {
        process.waitFor(20, TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        fail("interrupted");
      }
    }
  }

  private String logOrNothing() {
    try {
      return log();
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** Sends SIGTERM and returns the exit status. */
  public int terminate() throws InterruptedException {
    process.destroy();
    return exitStatus();
  }

  /** Sends SIGKILL, as a crash would. */
  public void kill() throws InterruptedException {
    process.destroyForcibly();
    exitStatus();
  }

  public int exitStatus() throws InterruptedException {
    if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      fail("the daemon did not end: " + logOrNothing());
    }
    return process.exitValue();
  }

  @Override
  public void close() {
    try {
      terminate();
      if (removeCgroups()) {
        removeNetwork();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  /**
   * The parent that is the test's own; one in which a pod still lives stays, for the next daemon.
   *
   * @return whether no pod lives
   */
  private boolean removeCgroups() throws IOException {
    var parent = PARENT.matcher(Files.readString(folder.resolve("config.yaml")));
    if (!parent.find()) {
      return false;
    }
    boolean removed = removeTree(CGROUPS.resolve(parent.group(1)));
    try (var hierarchies = Files.list(CGROUPS)) {
      for (var hierarchy : hierarchies.toList()) {
        removed &= removeTree(hierarchy.resolve(parent.group(1)));
      }
    }
    return removed;
  }

  private static boolean removeTree(Path cgroup) throws IOException {
    if (!Files.isDirectory(cgroup)) {
      return true;
    }
    try (var folders = Files.walk(cgroup)) {
      for (var each :
          folders.filter(Files::isDirectory).sorted(Comparator.reverseOrder()).toList()) {
        if (!each.toFile().delete()) {
          return false;
        }
      }
    }
    return true;
  }

  /** A daemon leaves its bridge and table for the next one; after a test there is no next one. */
  private void removeNetwork() throws IOException, InterruptedException {
    var bridge = BRIDGE.matcher(Files.readString(folder.resolve("config.yaml")));
    if (bridge.find()) {
      run("ip", "link", "delete", bridge.group(1));
      run("nft", "delete", "table", "inet", "sandjar-" + bridge.group(1));
    }
  }

  /** One that was never made cannot be deleted, which is as well. */
  private static void run(String... command) throws IOException, InterruptedException {
    var process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getInputStream().readAllBytes();
    process.waitFor();
  }
}
