package io.sandjar.runtime.linux.launch;

import static jnr.a64asm.Immediate.imm;

import io.sandjar.netbridge.sys.Errno;
import io.sandjar.runtime.linux.Architecture;
import io.sandjar.runtime.linux.launch.MachineCode.Place;
import java.nio.ByteBuffer;
import java.util.function.Consumer;
import jnr.a64asm.Assembler_A64;
import jnr.a64asm.CPU_A64;
import jnr.a64asm.Offset;
import jnr.a64asm.Register;
import jnr.a64asm.Shift;

/**
 * The launcher's loop for aarch64. The instruction is at x11, the program's start is in x12, which
 * a syscall leaves alone as all but x0.
 */
final class Aarch64LauncherCode implements LauncherCode {
  private static final int ARGS = 6;
  private static final int INSTRUCTION_BYTES = 4;
  private static final int LSL = 0;
  private static final int CHUNK_BITS = 16;
  private static final long CHUNK = 0xffff;

  private static final Register RESULT = Register.gpr(0);
  private static final Register NUMBER = Register.gpr(8);
  private static final Register FLAGS = Register.gpr(9);
  private static final Register OTHER = Register.gpr(10);
  private static final Register HERE = Register.gpr(11);
  private static final Register PROGRAM = Register.gpr(12);

  /** Branches, with their distance still to be filled in; see the Arm ARM, C6.2. */
  private static final int B = 0x1400_0000;

  private static final int B_HS = 0x5400_0002;
  private static final int B_EQ = 0x5400_0000;
  private static final int B_NE = 0x5400_0001;
  private static final int CBZ = 0xb400_0000;
  private static final int TBZ = 0x3600_0000;
  private static final int TBNZ = 0x3700_0000;

  /** jnr-a64asm knows this one, but refuses its operands. */
  private static final int CMN = 0xb100_001f;

  private static final int BRK = 0xd420_0000;
  private static final int SIGN = 63;

  private final MachineCode code = new MachineCode();

  @Override
  public byte[] assemble() {
    Place broken = new Place();
    map(Program.BASE, Program.MOST_BYTES, MAP_PRIVATE, PROGRAM_FD, broken);
    map(Program.SHARED_BASE, Program.SHARED_BYTES, MAP_SHARED, SHARED_FD, broken);
    load(PROGRAM, Program.BASE);
    load(HERE, Program.BASE + Program.HEADER_BYTES);

    Place loop = new Place();
    code.bind(loop);
    loadArguments();
    Place moved = new Place();
    load(NUMBER, HERE, Program.SYSCALL);
    testBranch(TBNZ, NUMBER, SIGN, moved);
    syscall();
    code.bind(moved);
    Place error = new Place();
    branchOnError(error);
    storeResult();
    Place zero = new Place();
    branch19(CBZ | RESULT.index(), zero);
    goOn(Program.NEXT, loop);
    code.bind(zero);
    goOn(Program.ON_ZERO, loop);

    code.bind(error);
    add(asm -> asm.neg(RESULT, RESULT, new Shift(LSL, 0)));
    Place failed = new Place();
    testBranch(TBZ, FLAGS, Program.AGAIN_BIT, failed);
    load(OTHER, Errno.EAGAIN.number());
    add(asm -> asm.cmp(RESULT, OTHER, new Shift(LSL, 0)));
    branch19(B_EQ, loop);
    code.bind(failed);
    store(HERE, PROGRAM, Program.FAILED_INSTRUCTION);
    store(RESULT, PROGRAM, Program.FAILED_ERRNO);
    load(OTHER, HERE, Program.ERRNO);
    Place otherErrno = new Place();
    add(asm -> asm.cmp(RESULT, OTHER, new Shift(LSL, 0)));
    branch19(B_NE, otherErrno);
    goOn(Program.ON_ERRNO, loop);
    code.bind(otherErrno);
    goOn(Program.ON_ERROR, loop);

    code.bind(broken);
    load(RESULT, NO_PROGRAM);
    load(NUMBER, Syscall.EXIT_GROUP.number(Architecture.AARCH64));
    syscall();
    word(BRK);
    return code.finished();
  }

  private void loadArguments() {
    load(FLAGS, HERE, Program.FLAGS);
    for (int i = 0; i < ARGS; i++) {
      Register arg = Register.gpr(i);
      Place constant = new Place();
      load(arg, HERE, Program.ARGS + i * Long.BYTES);
      testBranch(TBZ, FLAGS, i, constant);
      load(arg, arg, 0);
      code.bind(constant);
    }
  }

  private void storeResult() {
    Place narrow = new Place();
    Place stored = new Place();
    load(OTHER, HERE, Program.RESULT);
    testBranch(TBNZ, FLAGS, Program.MOST_ARGS, narrow);
    store(RESULT, OTHER, 0);
    jump(stored);
    code.bind(narrow);
    add(asm -> asm.str(Register.gpw(0), new Offset(OTHER, imm(0))));
    code.bind(stored);
  }

  private void goOn(int where, Place loop) {
    load(HERE, HERE, where);
    jump(loop);
  }

  private void map(long address, long bytes, int flags, int fd, Place broken) {
    load(Register.gpr(0), address);
    load(Register.gpr(1), bytes);
    load(Register.gpr(2), PROT_READ_WRITE);
    load(Register.gpr(3), flags | MAP_FIXED_NOREPLACE);
    load(Register.gpr(4), fd);
    load(Register.gpr(5), 0);
    load(NUMBER, Syscall.MMAP.number(Architecture.AARCH64));
    syscall();
    branchOnError(broken);
  }

  private void syscall() {
    add(asm -> asm.svc(imm(0)));
  }

  /** An addition of 4095 carries for the results from -4095 to -1 only. */
  private void branchOnError(Place error) {
    word(CMN | LARGEST_ERRNO << 10 | RESULT.index() << 5);
    branch19(B_HS, error);
  }

  /** A constant, 16 bits at a time. */
  private void load(Register into, long value) {
    add(asm -> asm.movz(into, imm(value & CHUNK), new Shift(LSL, 0)));
    for (int bits = CHUNK_BITS; bits < Long.SIZE; bits += CHUNK_BITS) {
      long chunk = value >>> bits & CHUNK;
      int shift = bits;
      if (chunk != 0) {
        add(asm -> asm.movk(into, imm(chunk), new Shift(LSL, shift)));
      }
    }
  }

  private void load(Register into, Register base, int offset) {
    add(asm -> asm.ldr(into, new Offset(base, imm(offset))));
  }

  private void store(Register from, Register base, int offset) {
    add(asm -> asm.str(from, new Offset(base, imm(offset))));
  }

  private void add(Consumer<Assembler_A64> instruction) {
    Assembler_A64 assembler = new Assembler_A64(CPU_A64.A64);
    instruction.accept(assembler);
    ByteBuffer encoded = ByteBuffer.allocate(assembler.codeSize());
    assembler.relocCode(encoded, ADDRESS);
    code.add(encoded.array());
  }

  private void word(int instruction) {
    code.add(bytes(instruction));
  }

  private void jump(Place target) {
    branch(B, 26, 0, target);
  }

  private void branch19(int instruction, Place target) {
    branch(instruction, 19, 5, target);
  }

  /** Goes there by one bit of a register; bit 5 of the bit's number has a place of its own. */
  private void testBranch(int instruction, Register register, int bit, Place target) {
    branch(instruction | (bit & 32) << 26 | (bit & 31) << 19 | register.index(), 14, 5, target);
  }

  private void branch(int instruction, int bits, int shift, Place target) {
    code.jump(
        bytes(instruction),
        (memory, at, to) -> {
          int distance = (to - at) / INSTRUCTION_BYTES & (1 << bits) - 1;
          memory.putInt(at, instruction | distance << shift);
        },
        target);
  }

  private static byte[] bytes(int instruction) {
    return ByteBuffer.allocate(INSTRUCTION_BYTES)
        .order(java.nio.ByteOrder.LITTLE_ENDIAN)
        .putInt(instruction)
        .array();
  }
}
