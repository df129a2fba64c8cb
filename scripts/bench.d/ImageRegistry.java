package bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;

/** A docker-registry on loopback with a Debian image, and a second one with a small layer on it. */
public final class ImageRegistry implements AutoCloseable {
  private final Path folder;
  private final int port;
  private final Process process;

  public ImageRegistry() throws IOException, InterruptedException {
    folder = Files.createTempDirectory("sandjar-bench-registry");
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    var config =
        Files.writeString(
            folder.resolve("registry.yml"),
            """
            version: 0.1
            log: {level: error}
            storage: {filesystem: {rootdirectory: %s}}
            http: {addr: "127.0.0.1:%d", secret: bench}
            """
                .formatted(folder.resolve("data"), port));
    process =
        new ProcessBuilder("docker-registry", "serve", config.toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("log").toFile())
            .start();
    awaitListening();
    var certs = Files.createDirectories(certs().resolve("127.0.0.1:" + port));
    Files.writeString(certs.resolve("hosts.toml"), "server = \"http://127.0.0.1:" + port + "\"\n");
    make();
  }

  private void awaitListening() throws IOException, InterruptedException {
    for (int i = 0; i < 200; i++) {
      try {
        new Socket(InetAddress.getLoopbackAddress(), port).close();
        return;
      } catch (IOException notYet) {
        Thread.sleep(50);
      }
    }
    throw new IOException("docker-registry does not start: " + Files.readString(folder.resolve("log")));
  }

  private void make() throws IOException, InterruptedException {
    System.err.println("making a Debian image (mmdebstrap, umoci, skopeo) ...");
    Tool.run(
        "mmdebstrap",
        "--quiet",
        "--variant=minbase",
        "--include=nginx-light,redis-server,python3-minimal,curl,procps",
        "bookworm",
        folder.resolve("root").toString());
    var layout = folder.resolve("layout");
    Tool.run("umoci", "init", "--layout", layout.toString());
    Tool.run("umoci", "new", "--image", layout + ":big");
    Tool.run("umoci", "insert", "--image", layout + ":big", folder.resolve("root").toString(), "/");
    Tool.run("umoci", "tag", "--image", layout + ":big", "top");
    var small = Files.writeString(folder.resolve("small"), "a small file on top\n");
    Tool.run("umoci", "insert", "--image", layout + ":top", small.toString(), "/etc/small");
    for (var tag : new String[] {"big", "top"}) {
      Tool.run(
          "skopeo",
          "copy",
          "-q",
          "--dest-tls-verify=false",
          "oci:" + layout + ":" + tag,
          "docker://127.0.0.1:" + port + "/bench/debian:" + tag);
    }
  }

  /** A folder of hosts.toml files that names this registry. */
  public Path certs() {
    return folder.resolve("certs.d");
  }

  public String big() {
    return "127.0.0.1:" + port + "/bench/debian:big";
  }

  public String onTop() {
    return "127.0.0.1:" + port + "/bench/debian:top";
  }

  @Override
  public void close() throws IOException {
    process.destroy();
    process.onExit().join();
    Tool.run("rm", "-rf", "--one-file-system", folder.toString());
  }
}
