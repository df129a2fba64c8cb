package io.sandjar.runtime.linux.launch;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.netbridge.sys.Syscalls;
import io.sandjar.runtime.linux.Architecture;
import io.sandjar.runtime.linux.LaunchCalls;
import java.util.List;

/** Makes a file system in this process, mounted nowhere; it goes when it is closed. */
final class DetachedMount {
  private static final Architecture HERE = Architecture.ofThisMachine();

  private DetachedMount() {}

  static Fd create(String type, List<MountCalls.Option> options, long attributes)
      throws SyscallException {
    var calls = LaunchCalls.get();
    long opened = calls.syscall(Syscall.FSOPEN.number(HERE), type, MountFlags.FSOPEN_CLOEXEC);
    try (Fd context = new Fd((int) Syscalls.check(opened, "open the file system %s", type))) {
      for (MountCalls.Option option : options) {
        configure(context, option.command(), option, "set %s's option %s".formatted(type, option));
      }
      configure(
          context,
          MountFlags.FSCONFIG_CMD_CREATE,
          new MountCalls.Option(null, ""),
          "make a " + type);
      long mounted =
          calls.syscall(
              Syscall.FSMOUNT.number(HERE),
              context.number(),
              MountFlags.FSMOUNT_CLOEXEC,
              attributes);
      return new Fd((int) Syscalls.check(mounted, "mount a %s", type));
    }
  }

  private static void configure(Fd context, long command, MountCalls.Option option, String step)
      throws SyscallException {
    Syscalls.check(
        LaunchCalls.get()
            .syscall(
                Syscall.FSCONFIG.number(HERE),
                context.number(),
                command,
                option.key(),
                option.value().isEmpty() ? null : option.value(),
                0),
        step);
  }
}
