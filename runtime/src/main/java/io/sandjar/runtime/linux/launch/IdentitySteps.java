package io.sandjar.runtime.linux.launch;

import static io.sandjar.runtime.linux.launch.Arg.at;
import static io.sandjar.runtime.linux.launch.Arg.num;

import io.sandjar.runtime.linux.ProcessUser;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.stream.IntStream;

/** Steps that make a process its user, with that user's rights and no more. */
final class IdentitySteps {
  private static final int PR_SET_KEEPCAPS = 8;
  private static final int PR_CAPBSET_DROP = 24;
  private static final int PR_SET_NO_NEW_PRIVS = 38;
  private static final int PR_CAP_AMBIENT = 47;
  private static final int PR_CAP_AMBIENT_RAISE = 2;
  private static final int PR_CAP_AMBIENT_CLEAR_ALL = 4;
  private static final int SECCOMP_SET_MODE_FILTER = 1;
  private static final int LINUX_CAPABILITY_VERSION_3 = 0x20080522;
  private static final long CAP_SYS_ADMIN = 1L << 21;

  /** Nothing in these is of one program, and they would be a quarter of each. */
  private static final List<Instruction> DROPS =
      IntStream.range(0, Long.SIZE).mapToObj(IdentitySteps::drop).toList();

  private final ProgramBuilder program;
  private final ProcessLaunch process;
  private final int lastCapability;

  /**
   * @param lastCapability the highest that the kernel knows
   */
  IdentitySteps(ProgramBuilder program, ProcessLaunch process, int lastCapability) {
    this.program = program;
    this.process = process;
    this.lastCapability = lastCapability;
  }

  /** Limits what any program that it runs can ever get. Needs CAP_SETPCAP, so before the user. */
  void dropBounding() {
    long bounding = process.capabilities().bounding();
    for (int capability = 0; capability <= lastCapability; capability++) {
      if ((bounding & 1L << capability) == 0) {
        program.call(DROPS.get(capability));
      }
    }
    prctl("clear the ambient set", PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL);
  }

  private static Instruction drop(int capability) {
    return new Instruction(
        "drop capability " + capability + " from the bounding set",
        Syscall.PRCTL,
        num(PR_CAPBSET_DROP),
        num(capability),
        num(0),
        num(0),
        num(0));
  }

  /** Becomes the user. Capabilities stay permitted for now, but none is in effect. */
  void becomeUser() {
    ProcessUser user = process.user();
    prctl("keep capabilities over the change of user", PR_SET_KEEPCAPS, 1);
    program.call(
        "set the groups " + user.groups(),
        Syscall.SETGROUPS,
        num(user.groups().size()),
        at(ints("groups", user.groups())));
    program.call(
        "become gid " + user.gid(),
        Syscall.SETRESGID,
        num(user.gid()),
        num(user.gid()),
        num(user.gid()));
    program.call(
        "become uid " + user.uid(),
        Syscall.SETRESUID,
        num(user.uid()),
        num(user.uid()),
        num(user.uid()));
  }

  /**
   * Takes on the final capabilities and the seccomp filter. A filter needs CAP_SYS_ADMIN or
   * no_new_privs; so without no_new_privs it comes before the last capabilities go.
   */
  void harden() {
    CapabilitySets sets = process.capabilities();
    if (process.noNewPrivileges()) {
      takeCapabilities(sets);
      prctl("set no_new_privs", PR_SET_NO_NEW_PRIVS, 1);
      filterSyscalls();
      return;
    }
    if (process.seccomp().isPresent()) {
      long meanwhile = sets.permitted() | CAP_SYS_ADMIN;
      capset("have CAP_SYS_ADMIN for the seccomp filter", meanwhile, meanwhile, 0);
      filterSyscalls();
    }
    takeCapabilities(sets);
  }

  private void takeCapabilities(CapabilitySets sets) {
    capset("take on the capabilities", sets.effective(), sets.permitted(), sets.inheritable());
    for (int capability = 0; capability <= lastCapability; capability++) {
      if ((sets.ambient() & 1L << capability) != 0) {
        program.call(
            "raise the ambient capability " + capability,
            Syscall.PRCTL,
            num(PR_CAP_AMBIENT),
            num(PR_CAP_AMBIENT_RAISE),
            num(capability),
            num(0),
            num(0));
      }
    }
  }

  private void filterSyscalls() {
    process
        .seccomp()
        .ifPresent(
            filter -> {
              Data instructions = Data.bytes("seccomp program", filter.program());
              Data filterProgram =
                  Data.words("sock_fprog", filter.instructions(), 0)
                      .point(Long.BYTES, instructions);
              program.call(
                  "install the seccomp filter",
                  Syscall.SECCOMP,
                  num(SECCOMP_SET_MODE_FILTER),
                  num(filter.flags()),
                  at(filterProgram));
            });
  }

  private void capset(String step, long effective, long permitted, long inheritable) {
    ByteBuffer data = ByteBuffer.allocate(6 * Integer.BYTES).order(ByteOrder.nativeOrder());
    for (int half = 0; half < 2; half++) {
      int shift = half * Integer.SIZE;
      data.putInt((int) (effective >>> shift));
      data.putInt((int) (permitted >>> shift));
      data.putInt((int) (inheritable >>> shift));
    }
    program.call(
        step,
        Syscall.CAPSET,
        at(Data.words("cap_header", LINUX_CAPABILITY_VERSION_3)),
        at(Data.bytes("cap_data", data.array())));
  }

  private void prctl(String step, int option, long value) {
    program.call(step, Syscall.PRCTL, num(option), num(value), num(0), num(0), num(0));
  }

  private static Data ints(String name, List<Integer> values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.size() * Integer.BYTES).order(ByteOrder.nativeOrder());
    values.forEach(bytes::putInt);
    return Data.bytes(name, bytes.array());
  }
}
