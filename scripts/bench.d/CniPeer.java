package bench;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sandjar.netbridge.namespace.NetworkNamespace;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Runs Debian's CNI plugins as a container runtime does: a process each, one after the other. */
final class CniPeer implements AutoCloseable {
  private static final String VERSION = "1.0.0";

  private final NetworkNamespace node;
  private final Path plugins;
  private final Path data;

  CniPeer(NetworkNamespace node, Path plugins, Path data) {
    this.node = node;
    this.plugins = plugins;
    this.data = data;
  }

  /** The result of the last plugin, which is needed again to delete. */
  Map<String, Object> add(String id, Path namespace, int hostPort, int port) throws IOException {
    var bridged = JSON.std.mapFrom(run("ADD", "bridge", id, namespace, bridge()));
    return JSON.std.mapFrom(
        run("ADD", "portmap", id, namespace, portmap(hostPort, port, bridged)));
  }

  void delete(String id, Path namespace, int hostPort, int port, Map<String, Object> result)
      throws IOException {
    run("DEL", "portmap", id, namespace, portmap(hostPort, port, result));
    run("DEL", "bridge", id, namespace, bridge());
  }

  private Map<String, Object> bridge() {
    var configuration = network();
    configuration.put("type", "bridge");
    configuration.put("bridge", "cni0");
    configuration.put("isGateway", true);
    configuration.put("ipMasq", true);
    configuration.put("hairpinMode", true);
    configuration.put(
        "ipam",
        Map.of(
            "type",
            "host-local",
            "dataDir",
            data.toString(),
            "ranges",
            List.of(List.of(Map.of("subnet", "10.99.0.0/16"))),
            "routes",
            List.of(Map.of("dst", "0.0.0.0/0"))));
    return configuration;
  }

  private static Map<String, Object> portmap(int hostPort, int port, Map<String, Object> result) {
    var configuration = network();
    configuration.put("type", "portmap");
    configuration.put("capabilities", Map.of("portMappings", true));
    configuration.put(
        "runtimeConfig",
        Map.of(
            "portMappings",
            List.of(Map.of("hostPort", hostPort, "containerPort", port, "protocol", "tcp"))));
    configuration.put("prevResult", result);
    return configuration;
  }

  private static Map<String, Object> network() {
    var configuration = new LinkedHashMap<String, Object>();
    configuration.put("cniVersion", VERSION);
    configuration.put("name", "bench");
    return configuration;
  }

  private String run(
      String command, String plugin, String id, Path namespace, Map<String, Object> configuration)
      throws IOException {
    return node.call(
        () -> {
          // A child starts in the network namespace of the thread that makes it.
          var builder = new ProcessBuilder(plugins.resolve(plugin).toString());
          builder.environment().put("CNI_COMMAND", command);
          builder.environment().put("CNI_CONTAINERID", id);
          builder.environment().put("CNI_NETNS", namespace.toString());
          builder.environment().put("CNI_IFNAME", "eth0");
          builder.environment().put("CNI_PATH", plugins.toString());
          builder.redirectError(ProcessBuilder.Redirect.INHERIT);
          var process = builder.start();
          try (var in = process.getOutputStream()) {
            in.write(JSON.std.asBytes(configuration));
          }
          var said =
              new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
          try {
            if (process.waitFor() != 0) {
              throw new IOException(plugin + " " + command + ": " + said);
            }
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
          }
          return said;
        });
  }

  @Override
  public void close() throws IOException {
    if (Files.exists(data)) {
      try (var files = Files.walk(data)) {
        for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }
}
