package bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A containerd in folders of its own, to compare with. */
public final class ContainerdPeer implements AutoCloseable {
  private final Path folder;
  private final Process process;

  /**
   * @param certs its registries' hosts.toml files
   */
  public ContainerdPeer(BenchNode node, Path certs) throws IOException {
    folder = Files.createTempDirectory("sandjar-bench-containerd");
    var config =
        Files.writeString(
            folder.resolve("config.toml"),
            """
            version = 2
            root = "%1$s/root"
            state = "%1$s/state"
            [grpc]
              address = "%1$s/containerd.sock"
            [plugins."io.containerd.grpc.v1.cri"]
              disable_apparmor = true
              [plugins."io.containerd.grpc.v1.cri".registry]
                config_path = "%2$s"
            """
                .formatted(folder, certs));
    process =
        node.start(
            new ProcessBuilder("containerd", "-c", config.toString(), "-l", "error")
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile()));
    for (int i = 0; i < 200 && !Files.exists(socket()); i++) {
      Tool.pause(50);
    }
    // Its plugins answer a little later than its socket.
    Tool.pause(2000);
  }

  public Path socket() {
    return folder.resolve("containerd.sock");
  }

  @Override
  public void close() throws IOException {
    process.destroy();
    process.onExit().join();
    Tool.run("rm", "-rf", "--one-file-system", folder.toString());
  }
}
