package io.sandjar.runtime.linux.file;

import io.sandjar.netbridge.sys.Errno;
import io.sandjar.netbridge.sys.SyscallException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/**
 * Deletes a folder's entry with all below it, by open folders, so that no link leads it astray.
 *
 * <p>A container may nest folders deeper than any stack or table of descriptors: from a certain
 * depth, a folder is first moved up beside the tree's top.
 */
public final class TreeRemoval {
  private static final int DEPTH_LIMIT = 128;

  private final Folder parent;
  private final Deque<String> moved = new ArrayDeque<>();
  private long count;

  private TreeRemoval(Folder parent) {
    this.parent = parent;
  }

  /** Removes the entry {@code name} of {@code parent}; one that is not there is fine. */
  public static void remove(Folder parent, String name) throws SyscallException {
    var removal = new TreeRemoval(parent);
    removal.remove(parent, name, 0);
    while (!removal.moved.isEmpty()) {
      removal.remove(parent, removal.moved.pop(), 0);
    }
  }

  private void remove(Folder holder, String name, int depth) throws SyscallException {
    Optional<Folder> folder = holder.tryOpenFolder(name);
    if (folder.isEmpty()) {
      unlink(holder, name);
      return;
    }
    if (depth == DEPTH_LIMIT) {
      folder.get().close();
      String beside = ".deep-" + Long.toHexString(System.nanoTime()) + '-' + count++;
      holder.move(name, parent, beside);
      moved.push(beside);
      return;
    }
    try (Folder open = folder.get()) {
      for (String child : open.names()) {
        removeChild(open, child, depth + 1);
      }
    }
    holder.removeFolder(name);
  }

  /** Most entries are files: try that first, and look closer only if it is a folder. */
  private void removeChild(Folder open, String child, int depth) throws SyscallException {
    try {
      open.unlink(child);
    } catch (SyscallException e) {
      remove(open, child, depth);
    }
  }

  private static void unlink(Folder holder, String name) throws SyscallException {
    try {
      holder.unlink(name);
    } catch (SyscallException e) {
      if (!e.is(Errno.ENOENT)) {
        throw e;
      }
    }
  }
}
