package io.sandjar.runtime.linux.cgroup;

import io.sandjar.netbridge.sys.Errno;
import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.Libc;
import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.netbridge.sys.Syscalls;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;

/** bpf(2), as far as programs on cgroups need it. Offsets are those of {@code union bpf_attr}. */
final class Bpf {
  private static final long SYS_BPF = System.getProperty("os.arch").equals("aarch64") ? 280 : 321;

  private static final int BPF_PROG_LOAD = 5;
  private static final int BPF_PROG_ATTACH = 8;
  private static final int BPF_PROG_DETACH = 9;
  private static final int BPF_PROG_GET_FD_BY_ID = 13;
  private static final int BPF_PROG_QUERY = 16;

  private static final int BPF_PROG_TYPE_CGROUP_DEVICE = 15;
  private static final int BPF_CGROUP_DEVICE = 6;
  private static final int BPF_F_ALLOW_MULTI = 1 << 1;
  private static final int BPF_F_REPLACE = 1 << 2;

  private static final int ATTR_BYTES = 128;
  private static final int LOG_BYTES = 65_536;
  private static final int MAX_PROGRAMS = 64; // BPF_CGROUP_MAX_PROGS

  private Bpf() {}

  static Fd loadDeviceProgram(byte[] instructions) throws IOException {
    try {
      return load(instructions, null);
    } catch (SyscallException refused) {
      if (refused.is(Errno.EPERM)) {
        throw new IOException(refused.getMessage() + "; CAP_BPF or CAP_SYS_ADMIN is needed");
      }
      Pointer log = memory(LOG_BYTES);
      try {
        return load(instructions, log);
      } catch (SyscallException again) {
        throw new IOException(again.getMessage() + "; the verifier says: " + log.getString(0));
      }
    }
  }

  private static Fd load(byte[] instructions, Pointer log) throws SyscallException {
    Pointer code = memory(instructions.length);
    code.put(0, instructions, 0, instructions.length);
    byte[] license = "Apache-2.0\0".getBytes(StandardCharsets.US_ASCII);
    Pointer licenseText = memory(license.length);
    licenseText.put(0, license, 0, license.length);
    Pointer attr = memory(ATTR_BYTES);
    attr.putInt(0, BPF_PROG_TYPE_CGROUP_DEVICE);
    attr.putInt(4, instructions.length / DeviceProgram.INSTRUCTION_BYTES);
    attr.putLong(8, code.address());
    attr.putLong(16, licenseText.address());
    if (log != null) {
      attr.putInt(24, 1);
      attr.putInt(28, LOG_BYTES);
      attr.putLong(32, log.address());
    }
    attr.put(48, "sandjar_devices".getBytes(StandardCharsets.US_ASCII), 0, 15);
    int fd = bpf(BPF_PROG_LOAD, attr, "load the eBPF program of the device rules");
    // The kernel has copied them; keep the garbage collector off until here.
    java.lang.ref.Reference.reachabilityFence(code);
    java.lang.ref.Reference.reachabilityFence(licenseText);
    return new Fd(fd);
  }

  /** The ids of the device programs attached to this very cgroup. */
  static List<Integer> attachedDevicePrograms(Fd cgroup, Path folder) throws SyscallException {
    Pointer ids = memory(MAX_PROGRAMS * Integer.BYTES);
    Pointer attr = memory(ATTR_BYTES);
    attr.putInt(0, cgroup.number());
    attr.putInt(4, BPF_CGROUP_DEVICE);
    attr.putLong(16, ids.address());
    attr.putInt(24, MAX_PROGRAMS);
    bpf(BPF_PROG_QUERY, attr, "list the device programs of %s", folder);
    List<Integer> found = new ArrayList<>();
    for (int i = 0; i < attr.getInt(24); i++) {
      found.add(ids.getInt((long) i * Integer.BYTES));
    }
    return found;
  }

  static Fd programById(int id) throws SyscallException {
    Pointer attr = memory(ATTR_BYTES);
    attr.putInt(0, id);
    return new Fd(bpf(BPF_PROG_GET_FD_BY_ID, attr, "open the eBPF program %d", id));
  }

  static void attachDeviceProgram(Fd cgroup, Fd program, Path folder) throws SyscallException {
    Pointer attr = target(cgroup, program);
    attr.putInt(12, BPF_F_ALLOW_MULTI);
    bpf(BPF_PROG_ATTACH, attr, "attach the device rules to %s", folder);
  }

  static void replaceDeviceProgram(Fd cgroup, Fd program, Fd old, Path folder)
      throws SyscallException {
    Pointer attr = target(cgroup, program);
    attr.putInt(12, BPF_F_ALLOW_MULTI | BPF_F_REPLACE);
    attr.putInt(16, old.number());
    bpf(BPF_PROG_ATTACH, attr, "replace the device rules of %s", folder);
  }

  static void detachDeviceProgram(Fd cgroup, Fd program, Path folder) throws SyscallException {
    bpf(BPF_PROG_DETACH, target(cgroup, program), "detach the device rules from %s", folder);
  }

  private static Pointer target(Fd cgroup, Fd program) {
    Pointer attr = memory(ATTR_BYTES);
    attr.putInt(0, cgroup.number());
    attr.putInt(4, program.number());
    attr.putInt(8, BPF_CGROUP_DEVICE);
    return attr;
  }

  private static int bpf(int command, Pointer attr, String tried, Object... args)
      throws SyscallException {
    long result = Libc.get().syscall(SYS_BPF, command, attr.address(), ATTR_BYTES, 0, 0, 0);
    int checked = (int) Syscalls.check(result, tried, args);
    java.lang.ref.Reference.reachabilityFence(attr);
    return checked;
  }

  /** Zeroed, as the kernel wants what is not used. */
  private static Pointer memory(int bytes) {
    Pointer memory = Memory.allocateDirect(Libc.runtime(), Math.max(bytes, 8), true);
    memory.setMemory(0, bytes, (byte) 0);
    return memory;
  }
}
