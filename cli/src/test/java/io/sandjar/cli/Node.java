package io.sandjar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * A real daemon on folders and a network of its own, with one image made of the machine's busybox,
 * and the real command to drive it: both as a user starts them, by the script.
 */
public final class Node implements AutoCloseable {
  public static final String IMAGE = "localhost/busybox:test";
  public static final Duration PATIENCE = Duration.ofSeconds(180);

  private static final String SCRIPT = Lab.checkout().resolve("scripts/sandjar").toString();
  private static final List<String> APPLETS =
      List.of(
          "sh",
          "cat",
          "echo",
          "sleep",
          "true",
          "false",
          "ls",
          "id",
          "env",
          "tar",
          "vi",
          "top",
          "stty",
          "nc",
          "seq",
          "kill",
          "head",
          "grep",
          "wc",
          "hostname",
          "mkdir",
          "ln",
          "tty",
          "test",
          "sed");

  private final String id = "sjcli%06x".formatted(new Random().nextInt(1 << 24));
  private final Path folder;
  private final Process daemon;

  private Node(Path folder) throws IOException {
    this.folder = folder;
    var random = new Random();
    Files.writeString(
        folder.resolve("config.yaml"),
        """
        network:
          bridge: %s
          podCIDR: [10.%d.%d.0/24]
        cgroup:
          parent: /%s
        manifests: %s
        """
            .formatted(
                id,
                100 + random.nextInt(100),
                random.nextInt(256),
                id,
                Files.createDirectories(folder.resolve("manifests"))));
    daemon =
        new ProcessBuilder(
                SCRIPT,
                "daemon",
                "--config=" + folder.resolve("config.yaml"),
                "--root=" + folder.resolve("root"),
                "--state=" + folder.resolve("run"))
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("daemon.log").toFile())
            .start();
  }

  /** Starts a daemon with the image, and waits until the node is ready for pods. */
  public static Node start() throws Exception {
    assertEquals("root", System.getProperty("user.name"), "pods need root");
    var node = new Node(Files.createTempDirectory("sandjar-cli"));
    try {
      node.await(() -> node.run("get", "nodes"), table -> table.contains(" Ready "));
      node.importImage();
      return node;
    } catch (Exception | AssertionError e) {
      node.close();
      throw e;
    }
  }

  private void importImage() throws Exception {
    var root = Files.createDirectories(folder.resolve("image"));
    for (var name : List.of("bin", "etc", "tmp", "root", "proc")) {
      Files.createDirectories(root.resolve(name));
    }
    Files.copy(Path.of("/bin/busybox"), root.resolve("bin/busybox"));
    for (var applet : APPLETS) {
      Files.createSymbolicLink(root.resolve("bin/" + applet), Path.of("busybox"));
    }
    Files.writeString(root.resolve("etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n");
    var tar = folder.resolve("image.tar");
    run(new ProcessBuilder("tar", "-C", root.toString(), "-cf", tar.toString(), "."), 0);
    run("image", "import", tar.toString(), IMAGE);
  }

  public Path folder() {
    return folder;
  }

  public Path socket() {
    return folder.resolve("run/api.sock");
  }

  public Path kubeconfig() {
    return folder.resolve("root/kubeconfig");
  }

  /** What the command prints on stdout and stderr when it succeeds. */
  public String run(String... words) throws Exception {
    return run(0, words);
  }

  /** What the command prints on stdout and stderr when it exits with that status. */
  public String run(int status, String... words) throws Exception {
    return run(command(words), status);
  }

  /** What a shell script prints on stdout and stderr, in which {@code sandjar} is the command. */
  public String shell(String script) throws Exception {
    return run(prepared(new ProcessBuilder("bash", "-c", script)), 0);
  }

  /** As {@link #run}, but without a process: for what is only the way to a test. */
  public String here(int status, String... words) {
    return here(status, "", List.of(words));
  }

  /**
   * As above.
   *
   * @param typed what the command reads
   */
  public String here(int status, String typed, List<String> words) {
    var said = new ByteArrayOutputStream();
    var in = new ByteArrayInputStream(typed.getBytes(StandardCharsets.UTF_8));
    try (var out = new PrintStream(said, false, StandardCharsets.UTF_8)) {
      var context = new Context(in, out, out, Map.of("SANDJAR_SOCKET", socket().toString()));
      assertEquals(
          status,
          new Main(context).run(words),
          () -> String.join(" ", words) + ": " + said.toString(StandardCharsets.UTF_8));
    }
    return said.toString(StandardCharsets.UTF_8);
  }

  /** How many clients are connected with the daemon's HTTP socket. */
  public long clients() throws IOException {
    try (var sockets = Files.lines(Path.of("/proc/net/unix"))) {
      return sockets
          .filter(line -> line.contains(folder + "/run/") && line.contains("api.sock"))
          .filter(line -> !line.contains(" 00010000 ")) // listens
          .count();
    }
  }

  public ProcessBuilder command(String... words) {
    var command = new ArrayList<>(List.of(SCRIPT));
    command.addAll(Arrays.asList(words));
    return prepared(new ProcessBuilder(command));
  }

  /** A process that finds the command on its path, and through it this daemon. */
  public ProcessBuilder prepared(ProcessBuilder builder) {
    builder.environment().put("SANDJAR_SOCKET", socket().toString());
    var path = Path.of(SCRIPT).getParent() + ":" + builder.environment().get("PATH");
    builder.environment().put("PATH", path);
    return builder.directory(folder.toFile()).redirectErrorStream(true);
  }

  private static String run(ProcessBuilder builder, int status) throws Exception {
    var process = builder.redirectErrorStream(true).start();
    process.getOutputStream().close();
    var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(
        status, process.waitFor(), () -> String.join(" ", builder.command()) + ": " + said);
    return said;
  }

  /** A pod of one container that runs a shell script. */
  public static String pod(String name, String script) {
    return """
        apiVersion: v1
        kind: Pod
        metadata: {name: %s, labels: {app: %s}}
        spec:
          terminationGracePeriodSeconds: 1
          containers:
          - {name: app, image: "%s", command: [sh, -c, %s]}
        """
        .formatted(name, name, IMAGE, "\"" + script.replace("\"", "\\\"") + "\"");
  }

  /** Applies a manifest, and waits until the pods that it names run. */
  public void apply(String manifest) throws Exception {
    var file = Files.writeString(folder.resolve("manifest.yaml"), manifest);
    for (var line : run("apply", "-f", file.toString()).split("\n")) {
      if (line.startsWith("pod/")) {
        var name = line.substring(0, line.indexOf(' '));
        await(
            () ->
                run(
                    "get",
                    name,
                    "-o",
                    "jsonpath={.status.conditions[?(@.type==\"Ready\")].status}"),
            "True"::equals);
      }
    }
  }

  /** Something that is asked again and again. */
  public interface Question {
    String ask() throws Exception;
  }

  /** Asks until the answer is right. */
  public String await(Question question, Predicate<String> right) throws Exception {
    long end = System.nanoTime() + PATIENCE.toNanos();
    var answer = "";
    while (System.nanoTime() < end) {
      try {
        answer = question.ask();
        if (right.test(answer)) {
          return answer;
        }
      } catch (AssertionError | IOException notYet) {
        answer = notYet.toString();
      }
      Thread.sleep(100);
    }
    throw new AssertionError(
        "not within " + PATIENCE + "; the last answer was: " + answer + "\n" + log());
  }

  public String log() throws IOException {
    return Files.readString(folder.resolve("daemon.log"));
  }

  @Override
  public void close() throws IOException {
    try {
      if (daemon.isAlive()) {
        run("delete", "pods", "--all", "-A", "--now");
      }
    } catch (Exception e) {
      throw new IOException("the pods of " + folder + " cannot be deleted: " + log(), e);
    } finally {
      daemon.destroy();
      daemon.onExit().orTimeout(30, TimeUnit.SECONDS).exceptionally(late -> null).join();
      daemon.destroyForcibly().onExit().join();
      cleanUp();
    }
  }

  private void cleanUp() throws IOException {
    var script =
        """
        ip link delete ID
        nft delete table inet sandjar-ID
        find /sys/fs/cgroup -depth -type d -path '*/ID*' -exec rmdir {} +
        rm -rf FOLDER
        """
            .replace("ID", id)
            .replace("FOLDER", folder.toString());
    new ProcessBuilder("sh", "-c", script)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
        .onExit()
        .join();
  }
}
