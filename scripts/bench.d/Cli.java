package bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** How long the sandjar command takes for what a person waits for: from exec to exit. */
public final class Cli {
  private static final double BUDGET_MS = 150;
  private static final int PODS = 100;

  private Cli() {}

  public static void main(String[] options) throws Exception {
    var arguments = new Arguments(options, "runs");
    int runs = arguments.number("runs", 30);
    var report = new Report("cli");
    try (var node = new BenchNode();
        var daemon = BenchDaemon.launch(node)) {
      daemon.awaitListening();
      createPods(daemon);
      var getPods = measure(node, runs, sandjar(daemon, "get", "pods"));
      report
          .row("sandjar --help", "ms", measure(node, runs, sandjar(daemon, "--help")), BUDGET_MS)
          .row("sandjar version", "ms", measure(node, runs, sandjar(daemon, "version")), BUDGET_MS)
          .row("sandjar get pods (" + PODS + ")", "ms", getPods, BUDGET_MS);
      var kubectl = kubectl(daemon);
      if (!kubectl.isEmpty()) {
        var samples = measure(node, runs, kubectl);
        report.row("kubectl get pods (" + PODS + ")", "ms", samples);
      }
    }
    report.finish(arguments.json());
  }

  /** Pods that no node takes, so that only the API and the command are at work. */
  private static void createPods(BenchDaemon daemon) throws IOException, InterruptedException {
    var manifests = new StringBuilder();
    for (int pod = 0; pod < PODS; pod++) {
      manifests.append(
          """
          ---
          {apiVersion: v1, kind: Pod, metadata: {name: pod-%03d, labels: {app: bench}}, spec: {
            nodeSelector: {nowhere: here}, containers: [{name: c, image: "localhost/none:1"}]}}
          """
              .formatted(pod));
    }
    var file = Files.writeString(daemon.root().resolve("bench-pods.yaml"), manifests);
    Tool.run(sandjar(daemon, "create", "-f", file.toString()).toArray(String[]::new));
  }

  private static List<String> sandjar(BenchDaemon daemon, String... words) {
    var command = new ArrayList<String>();
    command.add(BenchDaemon.SCRIPT.toString());
    command.addAll(List.of(words));
    command.add("--socket=" + daemon.httpSocket());
    return command;
  }

  /** The same by the kubectl of this machine, over TLS on loopback; nothing without one. */
  private static List<String> kubectl(BenchDaemon daemon) {
    return Arrays.stream(System.getenv("PATH").split(":"))
        .map(folder -> Path.of(folder, "kubectl"))
        .filter(Files::isExecutable)
        .findFirst()
        .map(
            kubectl ->
                List.of(
                    kubectl.toString(),
                    "--kubeconfig=" + daemon.root().resolve("kubeconfig"),
                    "--cache-dir=" + daemon.root().resolve("kubectl-cache"),
                    "get",
                    "pods"))
        .orElse(List.of());
  }

  private static Samples measure(BenchNode node, int runs, List<String> command)
      throws IOException, InterruptedException {
    var times = new ArrayList<Double>();
    for (int run = 0; run <= runs; run++) {
      long started = System.nanoTime();
      var process =
          node.start(
              new ProcessBuilder(command)
                  .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                  .redirectError(ProcessBuilder.Redirect.INHERIT));
      int status = process.waitFor();
      if (status != 0) {
        throw new IOException(String.join(" ", command) + " ended with " + status);
      }
      // The first one reads the files from the disk.
      if (run > 0) {
        times.add((System.nanoTime() - started) / 1e6);
      }
    }
    return new Samples(times);
  }
}
