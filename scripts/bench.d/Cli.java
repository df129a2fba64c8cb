package bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** How long the sandjar command takes for what a person waits for: from exec to exit. */
public final class Cli {
  private static final double BUDGET_MS = 150;

  private Cli() {}

  public static void main(String[] options) throws Exception {
    var arguments = new Arguments(options, "runs");
    int runs = arguments.number("runs", 30);
    var report = new Report("cli");
    try (var node = new BenchNode();
        var daemon = BenchDaemon.launch(node)) {
      daemon.awaitListening();
      report
          .row("sandjar --help", "ms", measure(daemon, runs, List.of("--help")), BUDGET_MS)
          .row("sandjar version", "ms", measure(daemon, runs, List.of("version")), BUDGET_MS);
    }
    report.finish(arguments.json());
  }

  private static Samples measure(BenchDaemon daemon, int runs, List<String> words)
      throws IOException, InterruptedException {
    var command = new ArrayList<String>();
    command.add(BenchDaemon.SCRIPT.toString());
    command.add("--socket=" + daemon.httpSocket());
    command.addAll(words);
    var times = new ArrayList<Double>();
    for (int run = 0; run <= runs; run++) {
      long started = System.nanoTime();
      var process =
          new ProcessBuilder(command)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
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
