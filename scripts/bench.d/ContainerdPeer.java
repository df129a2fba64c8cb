package bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** A containerd with runc and CNI's bridge plugin, in folders of its own on a node. */
public final class ContainerdPeer implements AutoCloseable {
  /** What it holds a pod with. */
  static final String SANDBOX_IMAGE = "127.0.0.1:" + ImageRegistry.PORT + "/bench/pause:latest";

  private final Path folder;
  private final Process process;

  /**
   * @param certs its registries' hosts.toml files
   */
  public ContainerdPeer(BenchNode node, Path certs) throws IOException {
    folder = Files.createTempDirectory("sandjar-bench-containerd");
    var cni = Files.createDirectory(folder.resolve("cni"));
    Files.writeString(
        cni.resolve("10-bench.conflist"),
        """
        {"cniVersion": "1.0.0", "name": "bench", "plugins": [
          {"type": "bridge", "bridge": "cni0", "isGateway": true, "ipMasq": true,
           "hairpinMode": true,
           "ipam": {"type": "host-local", "dataDir": "%s",
                    "ranges": [[{"subnet": "10.222.0.0/16"}]], "routes": [{"dst": "0.0.0.0/0"}]}},
          {"type": "portmap", "capabilities": {"portMappings": true}}]}
        """
            .formatted(folder.resolve("addresses")));
    Tool.memory(folder.resolve("state"));
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
              sandbox_image = "%3$s"
              disable_apparmor = true
              restrict_oom_score_adj = true
              [plugins."io.containerd.grpc.v1.cri".cni]
                bin_dir = "/usr/lib/cni"
                conf_dir = "%1$s/cni"
              [plugins."io.containerd.grpc.v1.cri".registry]
                config_path = "%2$s"
            """
                .formatted(folder, certs, SANDBOX_IMAGE));
    process =
        node.start(
            new ProcessBuilder("containerd", "-c", config.toString(), "-l", "error")
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile()));
    Held.hold(this);
    for (int i = 0; i < 200 && !Files.exists(socket()); i++) {
      Tool.pause(50);
    }
    // Its plugins answer a little later than its socket.
    Tool.pause(2000);
  }

  public Path socket() {
    return folder.resolve("containerd.sock");
  }

  /** The daemon and all that holds its pods, but not what runs in them. */
  public Stream<ProcessHandle> processes() {
    return Memory.holders(Stream.concat(Stream.of(process.toHandle()), shims()));
  }

  /** Shims leave their parent; each has the daemon's address among its arguments. */
  private Stream<ProcessHandle> shims() {
    return ProcessHandle.allProcesses()
        .filter(
            shim ->
                shim.pid() != process.pid()
                    && shim.info().commandLine().orElse("").contains(socket().toString()));
  }

  @Override
  public void close() throws IOException {
    if (!Held.release(this)) {
      return;
    }
    PodCalls.endAllOfBrokenRun(socket());
    process.destroy();
    process.onExit().join();
    // A run that failed may have left pods.
    shims().forEach(shim -> shim.descendants().forEach(ProcessHandle::destroyForcibly));
    shims().forEach(ProcessHandle::destroyForcibly);
    Tool.run(
        "sh",
        "-c",
        "grep -o '" + folder + "/[^ ]*' /proc/self/mounts | sort -ru | xargs -r umount -l");
    Tool.run("rm", "-rf", "--one-file-system", folder.toString());
  }
}
