package bench;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Runs runc as containerd's shim does: a process for each call, with the bundle of its own spec. */
final class RuncPeer {
  private final Path folder;
  private final Path bundle;
  private final Path image;

  RuncPeer(Path folder, Path image) throws IOException {
    this.folder = folder;
    this.bundle = Files.createDirectories(folder.resolve("runc"));
    this.image = image;
  }

  void report(Report report, int runs) throws Exception {
    if (new ProcessBuilder("sh", "-c", "command -v runc >/dev/null").start().waitFor() != 0) {
      System.out.println("runc is not installed: no peer to compare with");
      return;
    }
    spec();
    var create = new ArrayList<Double>();
    var start = new ArrayList<Double>();
    var exec = new ArrayList<Double>();
    var delete = new ArrayList<Double>();
    for (int run = 0; run < runs; run++) {
      var id = "bench" + run;
      create.add(runc("create", "--bundle", bundle.toString(), id));
      start.add(runc("start", id));
      exec.add(runc("exec", id, "/bin/true"));
      delete.add(runc("delete", "--force", id));
    }
    report
        .row("runc create", "ms", new Samples(create))
        .row("runc start", "ms", new Samples(start))
        .row("runc exec true", "ms", new Samples(exec))
        .row("runc delete --force", "ms", new Samples(delete));
  }

  /** What runc itself proposes, with a command that stays and without a terminal. */
  private void spec() throws Exception {
    run(List.of("runc", "spec", "--bundle", bundle.toString()));
    var config = bundle.resolve("config.json");
    Map<String, Object> tree = JSON.std.mapFrom(Files.readString(config));
    @SuppressWarnings("unchecked")
    var process = (Map<String, Object>) tree.get("process");
    process.put("terminal", false);
    process.put("args", List.of("/bin/sleep", "1000"));
    tree.put("root", Map.of("path", image.toString(), "readonly", false));
    // The limits that it proposes may be higher than those of whoever runs this.
    process.remove("rlimits");
    Files.writeString(config, JSON.std.asString(tree));
  }

  private double runc(String... words) throws Exception {
    var command = new ArrayList<>(List.of("runc", "--root", folder.resolve("runc-state").toString()));
    command.addAll(List.of(words));
    long begin = System.nanoTime();
    run(command);
    return (System.nanoTime() - begin) / 1e6;
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
