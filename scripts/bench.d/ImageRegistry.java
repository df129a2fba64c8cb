package bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;

/** A docker-registry on a node's loopback, with the images that benchmarks pull. */
public final class ImageRegistry implements AutoCloseable {
  static final int PORT = 5000;

  private final BenchNode node;
  private final Path folder;
  private final Process process;

  public ImageRegistry(BenchNode node) throws IOException {
    this.node = node;
    folder = Files.createTempDirectory("sandjar-bench-registry");
    var config =
        Files.writeString(
            folder.resolve("registry.yml"),
            """
            version: 0.1
            log: {level: error}
            storage: {filesystem: {rootdirectory: %s}}
            http: {addr: "127.0.0.1:%d", secret: bench}
            """
                .formatted(folder.resolve("data"), PORT));
    process =
        node.start(
            new ProcessBuilder("docker-registry", "serve", config.toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile()));
    Held.hold(this);
    node.call(this::awaitListening);
    var certs = Files.createDirectories(certs().resolve(host()));
    Files.writeString(certs.resolve("hosts.toml"), "server = \"http://" + host() + "\"\n");
  }

  private Void awaitListening() throws IOException {
    for (int i = 0; i < 200; i++) {
      try {
        new Socket(InetAddress.getLoopbackAddress(), PORT).close();
        return null;
      } catch (IOException notYet) {
        Tool.pause(50);
      }
    }
    throw new IOException(
        "docker-registry does not start: " + Files.readString(folder.resolve("log")));
  }

  private static String host() {
    return "127.0.0.1:" + PORT;
  }

  /** A folder of hosts.toml files that names this registry. */
  public Path certs() {
    return folder.resolve("certs.d");
  }

  /**
   * Pushes an image of an OCI layout.
   *
   * @return by which name it is pulled
   */
  public String push(Path layout, String tag) throws IOException {
    var name = host() + "/bench/" + layout.getFileName() + ":" + tag;
    push(layout, tag, name);
    return name;
  }

  /** As the other, under the name that somebody asks for. */
  public void push(Path layout, String tag, String name) throws IOException {
    node.run(
        "skopeo",
        "copy",
        "-q",
        "--dest-tls-verify=false",
        "oci:" + layout + ":" + tag,
        "docker://" + name);
  }

  @Override
  public void close() throws IOException {
    if (!Held.release(this)) {
      return;
    }
    process.destroy();
    process.onExit().join();
    Tool.run("rm", "-rf", "--one-file-system", folder.toString());
  }
}
