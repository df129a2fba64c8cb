package io.sandjar.runtime.linux.seccomp;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Assembles classic BPF from its end to its start: as jumps only lead forward, each target is known
 * when the jump to it is written, and none has to be patched.
 */
final class BpfAssembler {
  static final int INSTRUCTION_BYTES = 8;

  /** BPF_MAXINSNS of linux/bpf_common.h. */
  private static final int MAX_INSTRUCTIONS = 4096;

  private static final int MAX_SHORT_JUMP = 255;

  private static final int LD_ABS = 0x20; // BPF_LD | BPF_W | BPF_ABS
  private static final int AND_K = 0x54; // BPF_ALU | BPF_AND | BPF_K
  private static final int JA = 0x05; // BPF_JMP | BPF_JA
  private static final int JEQ_K = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
  private static final int JGT_K = 0x25; // BPF_JMP | BPF_JGT | BPF_K
  private static final int JGE_K = 0x35; // BPF_JMP | BPF_JGE | BPF_K
  private static final int RET_K = 0x06; // BPF_RET | BPF_K

  /** Last instruction first. */
  private final List<Instruction> code = new ArrayList<>();

  private final Map<Integer, Label> returns = new HashMap<>();

  /** Where the instruction written last stands. */
  Label here() {
    return new Label(code.size() - 1);
  }

  /** Loads a word of {@code struct seccomp_data}, and goes on at {@code next}. */
  Label load(int offset, Label next) {
    goOn(next);
    return add(LD_ABS, 0, 0, offset);
  }

  Label and(int mask, Label next) {
    goOn(next);
    return add(AND_K, 0, 0, mask);
  }

  Label ifEqual(int value, Label then, Label otherwise) {
    return jump(JEQ_K, value, then, otherwise);
  }

  Label ifGreater(int value, Label then, Label otherwise) {
    return jump(JGT_K, value, then, otherwise);
  }

  Label ifAtLeast(int value, Label then, Label otherwise) {
    return jump(JGE_K, value, then, otherwise);
  }

  /** One that was written before serves again while a short jump reaches it. */
  Label answer(SeccompAction action) {
    Label known = returns.get(action.value());
    if (known != null && distance(known) < MAX_SHORT_JUMP / 2) {
      return known;
    }
    Label written = add(RET_K, 0, 0, action.value());
    returns.put(action.value(), written);
    return written;
  }

  private Label jump(int opcode, int value, Label then, Label otherwise) {
    if (then.equals(otherwise)) {
      return then;
    }
    // Each bridge moves the other target one further away, so the room for two is kept.
    Label near = distance(otherwise) > MAX_SHORT_JUMP - 2 ? bridge(otherwise) : otherwise;
    Label thenNear = distance(then) > MAX_SHORT_JUMP - 1 ? bridge(then) : then;
    return add(opcode, distance(thenNear), distance(near), value);
  }

  /** A long jump within reach of a short one. */
  private Label bridge(Label to) {
    return add(JA, 0, 0, distance(to));
  }

  private void goOn(Label next) {
    if (distance(next) != 0) {
      bridge(next);
    }
  }

  /** How many instructions a jump written now would skip. */
  private int distance(Label to) {
    return code.size() - 1 - to.position();
  }

  private Label add(int opcode, int then, int otherwise, int value) {
    code.add(new Instruction(opcode, then, otherwise, value));
    return here();
  }

  /** The program, an array of {@code struct sock_filter} in this machine's byte order. */
  byte[] program() {
    if (code.size() > MAX_INSTRUCTIONS) {
      throw new SeccompProfileException(
          "it compiles to "
              + code.size()
              + " instructions, and the kernel takes "
              + MAX_INSTRUCTIONS
              + "; use fewer argument conditions");
    }
    ByteBuffer out =
        ByteBuffer.allocate(code.size() * INSTRUCTION_BYTES).order(ByteOrder.nativeOrder());
    for (int i = code.size() - 1; i >= 0; i--) {
      Instruction each = code.get(i);
      out.putShort((short) each.opcode());
      out.put((byte) each.then());
      out.put((byte) each.otherwise());
      out.putInt(each.value());
    }
    return out.array();
  }

  /**
   * An instruction as a jump's target.
   *
   * @param position counted from the end of the program
   */
  record Label(int position) {}

  private record Instruction(int opcode, int then, int otherwise, int value) {}
}
