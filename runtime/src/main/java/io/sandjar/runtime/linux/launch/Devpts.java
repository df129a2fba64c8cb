package io.sandjar.runtime.linux.launch;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.netbridge.sys.Syscalls;
import io.sandjar.runtime.linux.Architecture;
import io.sandjar.runtime.linux.LaunchCalls;

/** Makes a devpts for one container: a mount that is attached nowhere yet. */
final class Devpts {
  private static final Architecture HERE = Architecture.ofThisMachine();

  private Devpts() {}

  static Fd create(int ttyGid) throws SyscallException {
    var calls = LaunchCalls.get();
    long opened = calls.syscall(Syscall.FSOPEN.number(HERE), "devpts", MountFlags.FSOPEN_CLOEXEC);
    try (Fd context = new Fd((int) Syscalls.check(opened, "open the file system devpts"))) {
      set(context, MountFlags.FSCONFIG_SET_STRING, "ptmxmode", "0666");
      set(context, MountFlags.FSCONFIG_SET_STRING, "mode", "0620");
      set(context, MountFlags.FSCONFIG_SET_STRING, "gid", Integer.toUnsignedString(ttyGid));
      set(context, MountFlags.FSCONFIG_CMD_CREATE, null, null);
      long mounted =
          calls.syscall(
              Syscall.FSMOUNT.number(HERE),
              context.number(),
              MountFlags.FSMOUNT_CLOEXEC,
              MountFlags.MOUNT_ATTR_NOSUID | MountFlags.MOUNT_ATTR_NOEXEC);
      return new Fd((int) Syscalls.check(mounted, "mount a devpts"));
    }
  }

  private static void set(Fd context, long command, String key, String value)
      throws SyscallException {
    Syscalls.check(
        LaunchCalls.get()
            .syscall(Syscall.FSCONFIG.number(HERE), context.number(), command, key, value, 0),
        key == null ? "make a devpts" : "set devpts' option " + key + "=" + value);
  }
}
