package io.sandjar.runtime.linux.seccomp;

import java.util.OptionalInt;

/**
 * What happens to a system call.
 *
 * @param value as a filter returns it, see seccomp(2)
 */
record SeccompAction(int value) {
  private static final int SECCOMP_RET_KILL_PROCESS = 0x80000000;
  private static final int SECCOMP_RET_KILL_THREAD = 0;
  private static final int SECCOMP_RET_TRAP = 0x00030000;
  private static final int SECCOMP_RET_ERRNO = 0x00050000;
  private static final int SECCOMP_RET_TRACE = 0x7ff00000;
  private static final int SECCOMP_RET_LOG = 0x7ffc0000;
  private static final int SECCOMP_RET_ALLOW = 0x7fff0000;
  private static final int SECCOMP_RET_ACTION_FULL = 0xffff0000;

  private static final int EPERM = 1;
  private static final int ENOSYS = 38;
  private static final int MAX_ERRNO = 4095;
  private static final int MAX_DATA = 0xffff;

  static final SeccompAction ALLOW = new SeccompAction(SECCOMP_RET_ALLOW);
  static final SeccompAction KILL_THREAD = new SeccompAction(SECCOMP_RET_KILL_THREAD);

  /** For calls that a profile's author could not know: C libraries then take an older call. */
  static final SeccompAction NO_SUCH_CALL = errno(ENOSYS);

  private static SeccompAction errno(int errno) {
    return new SeccompAction(SECCOMP_RET_ERRNO | errno);
  }

  /**
   * @param name the OCI's, {@code SCMP_ACT_ERRNO}
   * @param data {@code errnoRet}: the error number, or what a tracer gets; EPERM if not said
   */
  static SeccompAction of(String name, OptionalInt data) {
    return switch (name) {
      case "SCMP_ACT_ALLOW" -> plain(SECCOMP_RET_ALLOW, name, data);
      case "SCMP_ACT_LOG" -> plain(SECCOMP_RET_LOG, name, data);
      case "SCMP_ACT_TRAP" -> plain(SECCOMP_RET_TRAP, name, data);
      case "SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD" -> plain(SECCOMP_RET_KILL_THREAD, name, data);
      case "SCMP_ACT_KILL_PROCESS" -> plain(SECCOMP_RET_KILL_PROCESS, name, data);
      case "SCMP_ACT_ERRNO" -> errno(checked(data.orElse(EPERM), MAX_ERRNO, name));
      case "SCMP_ACT_TRACE" ->
          new SeccompAction(SECCOMP_RET_TRACE | checked(data.orElse(EPERM), MAX_DATA, name));
      case "SCMP_ACT_NOTIFY" ->
          throw new SeccompProfileException(
              "SCMP_ACT_NOTIFY is not supported: no agent is here to answer the notifications");
      default -> throw new SeccompProfileException("unknown action \"" + name + "\"");
    };
  }

  private static SeccompAction plain(int value, String name, OptionalInt data) {
    if (data.isPresent()) {
      throw new SeccompProfileException("errnoRet has no meaning with " + name);
    }
    return new SeccompAction(value);
  }

  private static int checked(int data, int max, String name) {
    if (data < 0 || data > max) {
      throw new SeccompProfileException(
          "errnoRet " + data + " of " + name + " is not between 0 and " + max);
    }
    return data;
  }

  /** Whether the call goes through, perhaps with someone watching. */
  boolean letsThrough() {
    int action = value & SECCOMP_RET_ACTION_FULL;
    return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG || action == SECCOMP_RET_TRACE;
  }
}
