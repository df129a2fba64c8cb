package io.sandjar.runtime.linux.launch;

import io.sandjar.netbridge.sys.Errno;
import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.runtime.linux.launch.MountCalls.Option;
import java.util.ArrayList;
import java.util.List;

/** Makes a devpts for one container: a mount that is attached nowhere yet. */
final class Devpts {
  private static final List<Option> MODES =
      List.of(new Option("ptmxmode", "0666"), new Option("mode", "0620"));

  private Devpts() {}

  /**
   * @param ttyGid unsigned, as user namespaces have them; older kernels (Debian's 6.1) take no gid
   *     above what a signed number holds, and terminals have their opener's group there
   */
  static Fd create(int ttyGid) throws SyscallException {
    var options = new ArrayList<>(MODES);
    options.add(new Option("gid", Integer.toUnsignedString(ttyGid)));
    try {
      return mount(options);
    } catch (SyscallException refused) {
      if (ttyGid >= 0 || !refused.is(Errno.EINVAL)) {
        throw refused;
      }
      return mount(MODES);
    }
  }

  private static Fd mount(List<Option> options) throws SyscallException {
    return DetachedMount.create(
        "devpts", options, MountFlags.MOUNT_ATTR_NOSUID | MountFlags.MOUNT_ATTR_NOEXEC);
  }
}
