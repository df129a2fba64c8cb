package bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/** The images that benchmarks serve, made by Debian's tools once and kept below target. */
final class Layouts {
  private static final Path FOLDER = BenchDaemon.CHECKOUT.resolve("target").resolve("bench-images");

  private Layouts() {}

  private interface Making {
    void make(Path layout, Path work) throws IOException;
  }

  /** About 200 MiB of Debian as {@code big}, and {@code top} with one small file on it. */
  static Path debian() throws IOException {
    return kept("debian", Layouts::debian);
  }

  private static void debian(Path layout, Path work) throws IOException {
    var root = work.resolve("root");
    Tool.run(
        "mmdebstrap",
        "--quiet",
        "--variant=minbase",
        "--include=nginx-light,redis-server,python3-minimal,curl,procps",
        "bookworm",
        root.toString());
    Tool.run("umoci", "new", "--image", layout + ":big");
    Tool.run("umoci", "insert", "--image", layout + ":big", root.toString(), "/");
    Tool.run("umoci", "tag", "--image", layout + ":big", "top");
    var small = Files.writeString(work.resolve("small"), "a small file on top\n");
    Tool.run("umoci", "insert", "--image", layout + ":top", small.toString(), "/etc/small");
  }

  /**
   * The machine's static busybox as {@code latest}, for containers that start at once; and as
   * {@code pause} for runtimes that need an image to hold a pod.
   */
  static Path busybox() throws IOException {
    return kept("busybox", Layouts::busybox);
  }

  /** A file of the image with numbered lines, and how many of which length. */
  static final String LINES_FILE = "/lines";

  static final int LINES = 640_000;
  static final int LINE_BYTES = 100;

  /** Line {@code number}, with its end. */
  static String line(int number) {
    var text = String.format("%08d ", number);
    return text + "x".repeat(LINE_BYTES - 1 - text.length()) + "\n";
  }

  private static void busybox(Path layout, Path work) throws IOException {
    var root = Files.createDirectories(work.resolve("root"));
    var bin = Files.createDirectories(root.resolve("bin"));
    Files.copy(Path.of("/bin/busybox"), bin.resolve("busybox"), StandardCopyOption.COPY_ATTRIBUTES);
    for (var applet : List.of("sh", "sleep", "true", "cat", "yes", "head", "seq", "echo", "env")) {
      Files.createSymbolicLink(bin.resolve(applet), Path.of("busybox"));
    }
    for (var name : List.of("etc", "proc", "sys", "dev", "tmp")) {
      Files.createDirectory(root.resolve(name));
    }
    try (var lines = Files.newBufferedWriter(Path.of(root + LINES_FILE))) {
      for (int i = 0; i < LINES; i++) {
        lines.write(line(i));
      }
    }
    Tool.run("umoci", "new", "--image", layout + ":latest");
    Tool.run("umoci", "insert", "--image", layout + ":latest", root.toString(), "/");
    Tool.run("umoci", "config", "--image", layout + ":latest", "--config.env", "PATH=/bin");
    Tool.run("umoci", "tag", "--image", layout + ":latest", "pause");
    Tool.run(
        "umoci",
        "config",
        "--image",
        layout + ":pause",
        "--config.entrypoint",
        "sleep",
        "--config.entrypoint",
        "1000000");
  }

  /** Made in a folder of its own and moved when it is whole. */
  private static Path kept(String name, Making making) throws IOException {
    var layout = FOLDER.resolve(name);
    if (Files.isDirectory(layout)) {
      return layout;
    }
    System.err.println("making the image " + name + " (mmdebstrap, umoci) ...");
    Files.createDirectories(FOLDER);
    var work = Files.createTempDirectory("sandjar-bench-image");
    try {
      var made = FOLDER.resolve("." + name + ".part");
      Tool.run("rm", "-rf", made.toString());
      Tool.run("umoci", "init", "--layout", made.toString());
      making.make(made, work);
      return Files.move(made, layout);
    } finally {
      Tool.run("rm", "-rf", "--one-file-system", work.toString());
    }
  }
}
