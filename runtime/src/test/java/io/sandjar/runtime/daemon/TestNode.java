package io.sandjar.runtime.daemon;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.runtime.api.Kubectl;
import io.sandjar.runtime.container.BusyboxRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Predicate;

/** A standalone node with a registry beside it: a real daemon, driven by stock kubectl. */
public final class TestNode {
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  /** The status of a pod's condition Ready. */
  public static final String READY = "{.status.conditions[?(@.type==\"Ready\")].status}";

  private final Path folder;
  private final BusyboxRegistry registry;
  private DaemonProcess daemon;

  private TestNode(Path folder, BusyboxRegistry registry) {
    this.folder = folder;
    this.registry = registry;
  }

  /**
   * @param config more lines of the daemon's config
   */
  public static TestNode start(Path folder, String config) throws Exception {
    var node = new TestNode(folder, BusyboxRegistry.start());
    node.daemon = DaemonProcess.start(folder, config);
    node.awaitKubeconfig();
    return node;
  }

  public BusyboxRegistry registry() {
    return registry;
  }

  public DaemonProcess daemon() {
    return daemon;
  }

  /** The daemon's root folder. */
  public Path root() {
    return folder.resolve("root");
  }

  /** Kills the daemon, and starts it again. */
  public void crash() throws Exception {
    daemon.kill();
    daemon = DaemonProcess.start(folder);
    awaitKubeconfig();
  }

  /** Something that is asked again and again. */
  @FunctionalInterface
  public interface Question {
    String ask() throws Exception;
  }

  public void await(String object, String path, String value) throws Exception {
    await(() -> jsonpath(object, path), value::equals);
  }

  public void await(Question question, Predicate<String> right) throws Exception {
    long end = System.nanoTime() + PATIENCE.toNanos();
    String answer = "";
    while (System.nanoTime() < end) {
      try {
        answer = question.ask();
        if (right.test(answer)) {
          return;
        }
      } catch (AssertionError | IOException notYet) {
        // What a refusal says is no answer.
        answer = notYet.toString();
      }
      Thread.sleep(200);
    }
    throw new AssertionError(
        "not within " + PATIENCE + "; the last answer was: " + answer + "\n" + daemonLog());
  }

  private String daemonLog() throws IOException {
    var text = new StringBuilder();
    try (var logs = Files.newDirectoryStream(folder, "daemon*.log")) {
      for (Path log : logs) {
        text.append(Files.readString(log, StandardCharsets.UTF_8));
      }
    }
    return text.toString();
  }

  public String jsonpath(String object, String path) throws Exception {
    return run("get", object, "-o", "jsonpath=" + path);
  }

  /** The events about an object, as a table. */
  public String events(String name) throws Exception {
    return run("get", "events", "--field-selector", "involvedObject.name=" + name);
  }

  public void apply(String... manifests) throws Exception {
    Path file = Files.writeString(folder.resolve("manifest.yaml"), String.join("---\n", manifests));
    run("apply", "-f", file.toString());
  }

  /**
   * The manifest of a pod that ends within a second.
   *
   * @param spec where IMAGE stands for the registry's
   */
  public String pod(String name, String spec) {
    String text =
        "apiVersion: v1\nkind: Pod\nmetadata: {name: "
            + name
            + ", labels: {app: "
            + name
            + "}}\n"
            + "spec:\n  terminationGracePeriodSeconds: 1\n";
    return text + spec.replace("IMAGE", registry.image()).indent(2);
  }

  /** Everything that the only container of a pod says until it ends. */
  public String logOf(String name, String spec) throws Exception {
    apply(pod(name, spec));
    await(
        () -> jsonpath("pod/" + name, "{.status.phase}"),
        phase -> phase.equals("Succeeded") || phase.equals("Failed"));
    return run("logs", name);
  }

  static void assertHas(String log, String... parts) {
    for (String part : parts) {
      assertTrue(log.contains(part), () -> "missing: " + part + "\nin:\n" + log);
    }
  }

  /** What kubectl prints when it succeeds. */
  public String run(String... args) throws Exception {
    return kubectl().run(args);
  }

  /** What kubectl prints when it fails. */
  public String refused(String... args) throws Exception {
    return kubectl().refused(args);
  }

  public Kubectl kubectl() {
    return kubectl(Kubectl.all().get(0));
  }

  public Kubectl kubectl(Path binary) {
    return new Kubectl(binary, folder, "--kubeconfig", root().resolve("kubeconfig").toString());
  }

  private void awaitKubeconfig() throws Exception {
    await(() -> run("get", "--raw", "/healthz"), "ok"::equals);
  }

  /** Deletes all pods, and ends the daemon. */
  public void stop() throws Exception {
    try {
      run("delete", "pods", "--all", "--now", "-A");
    } finally {
      daemon.close();
      registry.close();
    }
  }
}
