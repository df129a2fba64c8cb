package io.sandjar.runtime.linux.file;

import io.sandjar.netbridge.sys.SyscallException;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** Counts what a folder occupies, each hard-linked file once. */
public final class TreeUsage {
  /** Each level costs a descriptor, and whoever fills a folder may nest them at will. */
  private static final int MOST_LEVELS = 500;

  private final Set<Long> linked = new HashSet<>();
  private long bytes;
  private long inodes;
  private boolean complete = true;

  /** Counts a folder and all below it; what vanishes meanwhile is not counted. */
  public void add(Folder folder) throws SyscallException {
    add(folder, MOST_LEVELS);
  }

  private void add(Folder folder, int levels) throws SyscallException {
    count(folder.status());
    for (String name : folder.names()) {
      Optional<FileStatus> status = folder.status(name);
      if (status.isEmpty()) {
        continue;
      }
      if (status.get().isFolder() && levels == 0) {
        complete = false;
      } else if (status.get().isFolder()) {
        Optional<Folder> child = folder.tryOpenFolder(name);
        if (child.isPresent()) {
          try (Folder open = child.get()) {
            add(open, levels - 1);
          }
        }
      } else if (status.get().links() == 1 || linked.add(status.get().inode())) {
        count(status.get());
      }
    }
  }

  private void count(FileStatus status) {
    bytes += status.allocated();
    inodes++;
  }

  /** False where folders were nested too deep to be counted. */
  public boolean isComplete() {
    return complete;
  }

  public long bytes() {
    return bytes;
  }

  public long inodes() {
    return inodes;
  }
}
