package bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Runs runc as containerd's shim does: a process for each call. */
final class RuncPeer {
  private final Path folder;
  private final Path image;
  private final String cgroupParent;
  private int number;

  RuncPeer(Path folder, Path image, String cgroupParent) throws IOException {
    this.folder = Files.createDirectories(folder.resolve("runc"));
    this.image = image;
    this.cgroupParent = cgroupParent;
  }

  static boolean isInstalled() throws Exception {
    return new ProcessBuilder("sh", "-c", "command -v runc >/dev/null").start().waitFor() == 0;
  }

  /**
   * Adds what its calls take, each after a pause.
   *
   * @param how the pause is called
   */
  void report(Report report, String how, int runs, long pause) throws Exception {
    Map<String, List<Double>> times = lives(runs, pause);
    times.forEach((call, millis) -> report.row(call + ", " + how, "ms", new Samples(millis)));
  }

  Map<String, List<Double>> lives(int runs, long pause) throws Exception {
    Map<String, List<Double>> times = new LinkedHashMap<>();
    for (int run = 0; run < runs; run++) {
      try (var bundle = new RuncBundle(folder, "runc" + number++, image, cgroupParent)) {
        var id = bundle.id();
        timed(times, pause, "runc create", "create", "--bundle", bundle.folder().toString(), id);
        timed(times, pause, "runc start", "start", id);
        timed(times, pause, "runc exec true", "exec", id, "/bin/true");
        timed(times, pause, "runc delete --force", "delete", "--force", id);
      }
    }
    return times;
  }

  private void timed(
      Map<String, List<Double>> times, long pause, String call, String... words) throws Exception {
    var command = new ArrayList<>(List.of("runc", "--root", folder.resolve("state").toString()));
    command.addAll(List.of(words));
    Thread.sleep(pause);
    long begin = System.nanoTime();
    run(command);
    times
        .computeIfAbsent(call, name -> new ArrayList<>())
        .add((System.nanoTime() - begin) / 1e6);
  }

  private static void run(List<String> command) throws Exception {
    // A file and no pipe: the container inherits it and would keep a pipe open.
    var output = Files.createTempFile("runc", ".log");
    try {
      var process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .redirectInput(Path.of("/dev/null").toFile())
              .start();
      int status = process.waitFor();
      if (status != 0) {
        throw new IOException(
            String.join(" ", command) + " ended with " + status + ": " + Files.readString(output));
      }
    } finally {
      Files.delete(output);
    }
  }
}
