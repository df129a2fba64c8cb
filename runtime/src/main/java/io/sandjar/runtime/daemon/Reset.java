package io.sandjar.runtime.daemon;

import io.netty.util.concurrent.DefaultThreadFactory;
import io.sandjar.runtime.image.ImageSettings;
import io.sandjar.runtime.image.Images;
import io.sandjar.runtime.linux.cgroup.Cgroup;
import io.sandjar.runtime.linux.cgroup.Cgroups;
import io.sandjar.runtime.linux.mount.HostMounts;
import io.sandjar.runtime.sandbox.Sandbox;
import io.sandjar.runtime.state.Failpoints;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Ends every pod of a daemon that does not run any more, and gives back what it made of the kernel:
 * for a machine that Sandjar leaves. What lies in its folders stays.
 */
final class Reset {
  /** See proc(5): the mount point is the fifth field of a line. */
  private static final Path MOUNTINFO = Path.of("/proc/self/mountinfo");

  private static final int MOUNT_POINT = 4;

  private final Config config;

  Reset(Config config) {
    this.config = config;
  }

  @SuppressWarnings("try") // the lock is only held
  void run() throws IOException, ConfigException {
    try (RootLock lock = RootLock.acquire(config.root())) {
      endPods();
      removeNetwork();
      removeNamespaceFolder();
      unmount();
      Cgroup parent = Cgroups.detect().at(config.cgroup().parent());
      if (parent.exists()) {
        parent.kill();
        parent.remove();
      }
    }
  }

  private void endPods() throws IOException, ConfigException {
    var workers = Executors.newCachedThreadPool(new DefaultThreadFactory("reset", true));
    Images images = new Images(ImageSettings.at(config.root().resolve("image")), workers);
    // Pods are on the network that the last daemon had.
    try (NodeNetwork network = NodeNetwork.openAs(last(), "reset", config.root());
        NodeEngine engine =
            NodeEngine.open(config, network.network(), images, workers, Failpoints.OFF)) {
      for (Sandbox sandbox : engine.engine().sandboxes().list()) {
        engine.engine().teardown().remove(sandbox.id());
      }
    } finally {
      end(workers);
    }
  }

  /** What it still deletes must not be deleted twice. */
  private static void end(ExecutorService workers) {
    workers.shutdown();
    try {
      workers.awaitTermination(1, TimeUnit.MINUTES);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Config.Network last() throws IOException {
    return new FormerNetwork(NodeNetwork.folder(config.root()), config.network()).last();
  }

  /** Plugins give back what is theirs when a pod ends; the bridge is there for the next pod. */
  private void removeNetwork() throws IOException {
    List<String> bridges =
        Stream.of(config.network(), last())
            .filter(network -> network.provider() == Config.NetworkProvider.BRIDGE)
            .map(Config.Network::bridge)
            .distinct()
            .toList();
    for (String bridge : bridges) {
      FormerNetwork.removeBridge(bridge);
    }
  }

  /** Whoever needs it next makes it again. */
  private void removeNamespaceFolder() throws IOException {
    try {
      Files.deleteIfExists(config.network().namespaceFolder());
    } catch (FileSystemException stays) {
      // It holds others' namespaces, or is the mount that ip netns makes of it.
    }
  }

  /** Volumes of memory, and shared memory of pods; the innermost mount first. */
  private void unmount() throws IOException {
    var mounts = new ArrayList<Path>();
    for (String line : Files.readAllLines(MOUNTINFO)) {
      Path mount = Path.of(line.split(" ")[MOUNT_POINT]);
      boolean below =
          mount.startsWith(config.root()) && !mount.equals(config.root())
              || mount.startsWith(config.state()) && !mount.equals(config.state());
      if (below) {
        mounts.add(mount);
      }
    }
    Collections.reverse(mounts);
    for (Path mount : mounts) {
      HostMounts.unmount(mount);
    }
  }
}
