package io.sandjar.runtime.daemon.doctor;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Whether the root folder lies where images can be mounted from, with room for more. */
final class StorageCheck implements Check {
  private static final String AREA = "storage";
  private static final long FAILURE_BYTES = 100L << 20;
  private static final long WARNING_BYTES = 1L << 30;

  /** What overlayfs takes no upper layer on; see overlayfs.rst of the kernel. */
  private static final Set<String> NO_UPPER = Set.of("overlay", "nfs", "nfs4", "vfat", "9p");

  private final Path root;
  private final Path state;
  private final Path run;

  /**
   * @param run what is on a tmpfs on most machines, {@code /run}
   */
  StorageCheck(Path root, Path state, Path run) {
    this.root = root;
    this.state = state;
    this.run = run;
  }

  @Override
  public List<Finding> findings() throws IOException {
    FileStore store = Files.getFileStore(existing(root));
    var findings = new ArrayList<Finding>();
    findings.add(type(store.type()));
    long free = store.getUsableSpace();
    String room = root + " has " + (free >> 20) + " MiB left of " + (store.getTotalSpace() >> 20);
    if (free < FAILURE_BYTES) {
      findings.add(Finding.failure(AREA, room, "sandjar system prune --all, or a larger disk"));
    } else if (free < WARNING_BYTES) {
      findings.add(Finding.warning(AREA, room, "sandjar system prune --all, or a larger disk"));
    } else {
      findings.add(Finding.ok(AREA, room));
    }
    if (!onTmpfs(state)) {
      findings.add(
          Finding.warning(
              AREA,
              state + " is not on a tmpfs: what should not survive a reboot does",
              onTmpfs(run)
                  ? "set 'state' to a folder under " + run
                  : "mount a tmpfs on it before the daemon starts (here " + run + " is none)"));
    }
    return findings;
  }

  private static boolean onTmpfs(Path folder) throws IOException {
    return Files.getFileStore(existing(folder)).type().equals("tmpfs");
  }

  private Finding type(String type) {
    if (NO_UPPER.contains(type)) {
      return Finding.failure(
          AREA,
          root + " is on " + type + ", which overlayfs cannot write to",
          "set 'root' to a folder on ext4, xfs or btrfs");
    }
    return type.equals("tmpfs")
        ? Finding.warning(
            AREA,
            root + " is on a tmpfs: images and pods are gone after a reboot",
            "set 'root' to a folder on a disk")
        : Finding.ok(AREA, root + " is on " + type);
  }

  /** The folder itself may not be made yet. */
  private static Path existing(Path folder) {
    Path there = folder.toAbsolutePath();
    while (!Files.exists(there)) {
      there = there.getParent();
    }
    return there;
  }
}
