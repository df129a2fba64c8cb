package io.sandjar.runtime.linux.seccomp;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Runs a filter as the kernel does, and refuses what the kernel's checker refuses. */
final class BpfInterpreter {
  private static final int DATA_BYTES = 64;

  private final ByteBuffer code;
  private final int length;

  BpfInterpreter(SeccompFilter filter) {
    code = ByteBuffer.wrap(filter.program()).order(ByteOrder.nativeOrder());
    length = filter.instructions();
    check();
  }

  /** Every jump inside, and the last instruction a return. */
  private void check() {
    for (int pc = 0; pc < length; pc++) {
      int opcode = opcode(pc);
      int furthest =
          switch (opcode) {
            case 0x05 -> value(pc);
            case 0x15, 0x25, 0x35 -> Math.max(then(pc), otherwise(pc));
            default -> 0;
          };
      if (pc + 1 + furthest >= length && opcode != 0x06) {
        throw new AssertionError("instruction " + pc + " leads beyond the end");
      }
    }
  }

  /** The filter's answer. */
  int run(SeccompArch arch, int number, long... args) {
    return run(arch, number, new int[1], args);
  }

  /**
   * @param steps gets the number of instructions that were needed
   */
  int run(SeccompArch arch, int number, int[] steps, long... args) {
    ByteBuffer data = ByteBuffer.allocate(DATA_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    data.putInt(number).putInt(arch.audit()).putLong(0x7f0000001234L);
    for (long arg : args) {
      data.putLong(arg);
    }
    int accumulator = 0;
    for (int pc = 0; ; pc++) {
      steps[0]++;
      int value = value(pc);
      switch (opcode(pc)) {
        case 0x20 -> accumulator = data.getInt(value);
        case 0x54 -> accumulator &= value;
        case 0x05 -> pc += value;
        case 0x15 -> pc += accumulator == value ? then(pc) : otherwise(pc);
        case 0x25 ->
            pc += Integer.compareUnsigned(accumulator, value) > 0 ? then(pc) : otherwise(pc);
        case 0x35 ->
            pc += Integer.compareUnsigned(accumulator, value) >= 0 ? then(pc) : otherwise(pc);
        case 0x06 -> {
          return value;
        }
        default -> throw new AssertionError("opcode " + opcode(pc));
      }
    }
  }

  private int opcode(int pc) {
    return code.getShort(pc * 8);
  }

  private int then(int pc) {
    return code.get(pc * 8 + 2) & 0xff;
  }

  private int otherwise(int pc) {
    return code.get(pc * 8 + 3) & 0xff;
  }

  private int value(int pc) {
    return code.getInt(pc * 8 + 4);
  }
}
