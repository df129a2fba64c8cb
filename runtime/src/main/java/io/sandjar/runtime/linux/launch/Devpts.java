package io.sandjar.runtime.linux.launch;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.runtime.linux.launch.MountCalls.Option;
import java.util.List;

/** Makes a devpts for one container: a mount that is attached nowhere yet. */
final class Devpts {

  private Devpts() {}

  static Fd create(int ttyGid) throws SyscallException {
    return DetachedMount.create(
        "devpts",
        List.of(
            new Option("ptmxmode", "0666"),
            new Option("mode", "0620"),
            new Option("gid", Integer.toUnsignedString(ttyGid))),
        MountFlags.MOUNT_ATTR_NOSUID | MountFlags.MOUNT_ATTR_NOEXEC);
  }
}
