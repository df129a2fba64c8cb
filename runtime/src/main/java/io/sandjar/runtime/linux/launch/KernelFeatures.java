package io.sandjar.runtime.linux.launch;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.KernelVersion;
import io.sandjar.netbridge.sys.Libc;
import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.netbridge.sys.Syscalls;
import io.sandjar.runtime.linux.Architecture;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;

/** What containers can have only where this kernel, as it is set up, lets them. */
public final class KernelFeatures {
  private static final KernelVersion IDMAPPED_LAYERS = new KernelVersion(5, 19);
  private static final int MOUNT_ATTR_BYTES = 32;

  private final Path proc;

  /**
   * @param proc {@code /proc} outside tests
   */
  KernelFeatures(Path proc) {
    this.proc = proc;
  }

  public KernelFeatures() {
    this(Path.of("/proc"));
  }

  /** Whether a mount and all below it become read-only at once: tried on one that nobody sees. */
  public boolean recursiveReadOnlyMounts() {
    try (Fd mount = DetachedMount.create("tmpfs", List.of(), 0)) {
      setRecursively(mount, MountFlags.MOUNT_ATTR_RDONLY);
      return true;
    } catch (SyscallException e) {
      return false;
    }
  }

  private static void setRecursively(Fd mount, long attributes) throws SyscallException {
    byte[] attr =
        ByteBuffer.allocate(MOUNT_ATTR_BYTES)
            .order(ByteOrder.nativeOrder())
            .putLong(attributes)
            .array();
    Pointer memory = Memory.allocateDirect(Libc.runtime(), attr.length);
    memory.put(0, attr, 0, attr.length);
    Pointer empty = Memory.allocateDirect(Libc.runtime(), 1, true);
    Syscalls.check(
        Libc.get()
            .syscall(
                Syscall.MOUNT_SETATTR.number(Architecture.ofThisMachine()),
                mount.number(),
                empty.address(),
                MountFlags.AT_EMPTY_PATH | MountFlags.AT_RECURSIVE,
                memory.address(),
                attr.length,
                0),
        "make a mount read-only recursively");
    Reference.reachabilityFence(memory);
    Reference.reachabilityFence(empty);
  }

  /** Whether a process may be given exactly the groups that are asked for; not in every sandbox. */
  public boolean supplementalGroups() {
    return !firstLine("self/setgroups").equals("deny");
  }

  /** Layers of an overlay can be idmapped since 5.19; the sysctl is 0 where they are forbidden. */
  public boolean userNamespaces() throws IOException {
    return KernelVersion.ofThisMachine().compareTo(IDMAPPED_LAYERS) >= 0
        && !List.of("", "0").contains(firstLine("sys/user/max_user_namespaces"));
  }

  private String firstLine(String file) {
    try (var lines = Files.newBufferedReader(proc.resolve(file))) {
      String line = lines.readLine();
      return line == null ? "" : line;
    } catch (IOException e) {
      return "";
    }
  }
}
