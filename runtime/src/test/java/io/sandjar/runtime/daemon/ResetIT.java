package io.sandjar.runtime.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A machine that Sandjar leaves is as it was before. */
class ResetIT {
  @TempDir private Path folder;

  @Test
  void aResetEndsPodsAndGivesBackWhatTheDaemonMade() throws Exception {
    Path namespaces = folder.resolve("netns");
    String network = "network:\n";
    Files.writeString(
        folder.resolve("config.yaml"),
        DaemonProcess.config()
            .replace(network, network + "  namespaceFolder: " + namespaces + "\n"));
    try (DaemonProcess daemon = DaemonProcess.start(folder)) {
      try (var client = daemon.client()) {
        client.runPod("left");
      }
      String bridge = setting("bridge: (\\S+)");
      assertNotNull(NetworkInterface.getByName(bridge));
      assertTrue(Files.exists(namespaces));
      assertEquals(1, reset(), "a daemon that runs is not reset");
      daemon.kill();

      // The pod is on the bridge that the daemon had, whatever the config names by now.
      Path config = folder.resolve("config.yaml");
      Files.writeString(
          config, Files.readString(config).replace("bridge: " + bridge, "bridge: " + bridge + "r"));
      assertEquals(0, reset());
      assertNull(NetworkInterface.getByName(bridge));
      assertNull(NetworkInterface.getByName(bridge + "r"));
      assertEquals(List.of(), cgroups());
      assertFalse(Files.exists(namespaces));
      for (String line : Files.readAllLines(Path.of("/proc/self/mountinfo"))) {
        assertTrue(!line.contains(" " + folder + "/"), line);
      }
    }
  }

  private int reset() throws IOException, InterruptedException {
    return DaemonProcess.launch(folder, Map.of(), "--reset").exitStatus();
  }

  private List<Path> cgroups() throws IOException {
    String parent = setting("parent: /(\\S+)");
    try (var hierarchies = Files.list(Path.of("/sys/fs/cgroup"))) {
      return hierarchies.map(hierarchy -> hierarchy.resolve(parent)).filter(Files::exists).toList();
    }
  }

  private String setting(String pattern) throws IOException {
    var found = Pattern.compile(pattern).matcher(Files.readString(folder.resolve("config.yaml")));
    assertTrue(found.find(), pattern);
    return found.group(1);
  }
}
