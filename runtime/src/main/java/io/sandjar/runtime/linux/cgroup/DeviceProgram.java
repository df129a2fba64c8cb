package io.sandjar.runtime.linux.cgroup;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * Assembles the eBPF program that cgroup v2 asks about each access to a device.
 *
 * <p>Its context is {@code struct bpf_cgroup_dev_ctx} (linux/bpf.h): type in the low and access in
 * the high half of the first word, then major and minor. It answers 1 to allow and 0 to deny.
 */
final class DeviceProgram {
  static final int INSTRUCTION_BYTES = 8;

  // Opcodes: class, size or operation, and whether the source is a register, as in linux/bpf.h.
  private static final int LDX_W = 0x61; // BPF_LDX | BPF_MEM | BPF_W
  private static final int AND_K = 0x54; // BPF_ALU | BPF_AND | BPF_K
  private static final int RSH_K = 0x74; // BPF_ALU | BPF_RSH | BPF_K
  private static final int MOV_K = 0xb4; // BPF_ALU | BPF_MOV | BPF_K
  private static final int MOV_X = 0xbc; // BPF_ALU | BPF_MOV | BPF_X
  private static final int JNE_K = 0x55; // BPF_JMP | BPF_JNE | BPF_K
  private static final int EXIT = 0x95; // BPF_JMP | BPF_EXIT

  private static final int RESULT = 0;
  private static final int CONTEXT = 1;
  private static final int TYPE = 2;
  private static final int ACCESS = 3;
  private static final int MAJOR = 4;
  private static final int MINOR = 5;

  private static final int BPF_DEVCG_DEV_BLOCK = 1;
  private static final int BPF_DEVCG_DEV_CHAR = 2;
  private static final int BPF_DEVCG_ACC_MKNOD = 1;
  private static final int BPF_DEVCG_ACC_READ = 2;
  private static final int BPF_DEVCG_ACC_WRITE = 4;
  private static final int ANY_ACCESS =
      BPF_DEVCG_ACC_MKNOD | BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE;

  private final List<Instruction> code = new ArrayList<>();

  private DeviceProgram() {}

  /** The program's instructions, in this machine's byte order. */
  static byte[] allowing(List<DeviceRule> rules) {
    DeviceProgram program = new DeviceProgram();
    program.load();
    rules.forEach(program::allow);
    program.answer(0);
    return program.bytes();
  }

  private void load() {
    add(LDX_W, TYPE, CONTEXT, 0, 0);
    add(AND_K, TYPE, 0, 0, 0xffff);
    add(LDX_W, ACCESS, CONTEXT, 0, 0);
    add(RSH_K, ACCESS, 0, 0, 16);
    add(LDX_W, MAJOR, CONTEXT, 4, 0);
    add(LDX_W, MINOR, CONTEXT, 8, 0);
  }

  private void allow(DeviceRule rule) {
    List<Integer> misses = new ArrayList<>();
    if (rule.kind() != DeviceRule.Kind.ANY) {
      boolean block = rule.kind() == DeviceRule.Kind.BLOCK;
      misses.add(jumpUnless(TYPE, block ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR));
    }
    int granted = access(rule.access());
    if (granted != ANY_ACCESS) {
      // No bit may be asked for that is not granted. The context is read, its register is free.
      add(MOV_X, CONTEXT, ACCESS, 0, 0);
      add(AND_K, CONTEXT, 0, 0, ~granted & ANY_ACCESS);
      misses.add(jumpUnless(CONTEXT, 0));
    }
    number(rule.major(), MAJOR, misses);
    number(rule.minor(), MINOR, misses);
    answer(1);
    for (int miss : misses) {
      Instruction jump = code.get(miss);
      int offset = code.size() - miss - 1;
      code.set(
          miss,
          new Instruction(
              jump.opcode(), jump.destination(), jump.source(), offset, jump.immediate()));
    }
  }

  private void number(OptionalInt number, int register, List<Integer> misses) {
    if (number.isPresent()) {
      misses.add(jumpUnless(register, number.getAsInt()));
    }
  }

  private static int access(String letters) {
    int access = 0;
    access |= letters.indexOf('m') >= 0 ? BPF_DEVCG_ACC_MKNOD : 0;
    access |= letters.indexOf('r') >= 0 ? BPF_DEVCG_ACC_READ : 0;
    access |= letters.indexOf('w') >= 0 ? BPF_DEVCG_ACC_WRITE : 0;
    return access;
  }

  /** Its target is filled in when the end of the rule is known. */
  private int jumpUnless(int register, int value) {
    add(JNE_K, register, 0, 0, value);
    return code.size() - 1;
  }

  private void answer(int value) {
    add(MOV_K, RESULT, 0, 0, value);
    add(EXIT, 0, 0, 0, 0);
  }

  private void add(int opcode, int destination, int source, int offset, int immediate) {
    code.add(new Instruction(opcode, destination, source, offset, immediate));
  }

  private byte[] bytes() {
    boolean little = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
    ByteBuffer out =
        ByteBuffer.allocate(code.size() * INSTRUCTION_BYTES).order(ByteOrder.nativeOrder());
    for (Instruction each : code) {
      out.put((byte) each.opcode());
      out.put(
          (byte)
              (little
                  ? each.source() << 4 | each.destination()
                  : each.destination() << 4 | each.source()));
      out.putShort((short) each.offset());
      out.putInt(each.immediate());
    }
    return out.array();
  }

  private record Instruction(int opcode, int destination, int source, int offset, int immediate) {}
}
