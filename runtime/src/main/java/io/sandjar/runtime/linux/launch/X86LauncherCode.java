package io.sandjar.runtime.linux.launch;

import static jnr.x86asm.Asm.dword_ptr;
import static jnr.x86asm.Asm.eax;
import static jnr.x86asm.Asm.imm;
import static jnr.x86asm.Asm.qword_ptr;
import static jnr.x86asm.Asm.r10;
import static jnr.x86asm.Asm.r12;
import static jnr.x86asm.Asm.r13;
import static jnr.x86asm.Asm.r8;
import static jnr.x86asm.Asm.r9;
import static jnr.x86asm.Asm.rax;
import static jnr.x86asm.Asm.rbx;
import static jnr.x86asm.Asm.rdi;
import static jnr.x86asm.Asm.rdx;
import static jnr.x86asm.Asm.rsi;

import io.sandjar.netbridge.sys.Errno;
import io.sandjar.runtime.linux.Architecture;
import io.sandjar.runtime.linux.launch.MachineCode.Place;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Consumer;
import jnr.x86asm.Assembler;
import jnr.x86asm.CPU;
import jnr.x86asm.Register;

/** The launcher's loop for x86-64. The instruction is at rbx, the program's start is in r13. */
final class X86LauncherCode implements LauncherCode {
  private static final Register[] ARGS = {rdi, rsi, rdx, r10, r8, r9};

  /** jnr-x86asm does not know this instruction. */
  private static final byte[] SYSCALL = {0x0f, 0x05};

  /** Jumps by a 32-bit distance from the instruction's end. */
  private static final byte[] JMP = {(byte) 0xe9};

  private static final byte[] JAE = {0x0f, (byte) 0x83};
  private static final byte[] JZ = {0x0f, (byte) 0x84};
  private static final byte[] JNZ = {0x0f, (byte) 0x85};
  private static final byte[] JNS = {0x0f, (byte) 0x89};

  private final MachineCode code = new MachineCode();

  @Override
  public byte[] assemble() {
    Place broken = new Place();
    map(Program.BASE, Program.MOST_BYTES, MAP_PRIVATE, PROGRAM_FD, broken);
    map(Program.SHARED_BASE, Program.SHARED_BYTES, MAP_SHARED, SHARED_FD, broken);
    add(asm -> asm.mov(r13, imm(Program.BASE)));
    add(asm -> asm.mov(rbx, imm(Program.BASE + Program.HEADER_BYTES)));

    Place loop = new Place();
    code.bind(loop);
    loadArguments();
    callOrMove();
    Place error = new Place();
    add(asm -> asm.cmp(rax, imm(-LARGEST_ERRNO)));
    jump(JAE, error);
    storeResult();
    Place zero = new Place();
    add(asm -> asm.test(rax, rax));
    jump(JZ, zero);
    goOn(Program.NEXT, loop);
    code.bind(zero);
    goOn(Program.ON_ZERO, loop);

    code.bind(error);
    add(asm -> asm.neg(rax));
    Place failed = new Place();
    add(asm -> asm.test(r12, imm(1L << Program.AGAIN_BIT)));
    jump(JZ, failed);
    add(asm -> asm.cmp(rax, imm(Errno.EAGAIN.number())));
    jump(JZ, loop);
    code.bind(failed);
    add(asm -> asm.mov(qword_ptr(r13, Program.FAILED_INSTRUCTION), rbx));
    add(asm -> asm.mov(qword_ptr(r13, Program.FAILED_ERRNO), rax));
    Place otherErrno = new Place();
    add(asm -> asm.cmp(rax, qword_ptr(rbx, Program.ERRNO)));
    jump(JNZ, otherErrno);
    goOn(Program.ON_ERRNO, loop);
    code.bind(otherErrno);
    goOn(Program.ON_ERROR, loop);

    code.bind(broken);
    add(asm -> asm.mov(rdi, imm(NO_PROGRAM)));
    add(asm -> asm.mov(rax, imm(Syscall.EXIT_GROUP.number(Architecture.X86_64))));
    code.add(SYSCALL);
    add(Assembler::ud2);
    return code.finished();
  }

  private void loadArguments() {
    add(asm -> asm.mov(r12, qword_ptr(rbx, Program.FLAGS)));
    for (int i = 0; i < ARGS.length; i++) {
      Register arg = ARGS[i];
      long from = Program.ARGS + (long) i * Long.BYTES;
      long isSlot = 1L << i;
      Place constant = new Place();
      add(asm -> asm.mov(arg, qword_ptr(rbx, from)));
      add(asm -> asm.test(r12, imm(isSlot)));
      jump(JZ, constant);
      add(asm -> asm.mov(arg, qword_ptr(arg, 0)));
      code.bind(constant);
    }
  }

  private void callOrMove() {
    Place call = new Place();
    Place done = new Place();
    add(asm -> asm.mov(rax, qword_ptr(rbx, Program.SYSCALL)));
    add(asm -> asm.test(rax, rax));
    jump(JNS, call);
    add(asm -> asm.mov(rax, rdi));
    jump(JMP, done);
    code.bind(call);
    code.add(SYSCALL);
    code.bind(done);
  }

  private void storeResult() {
    Place narrow = new Place();
    Place stored = new Place();
    add(asm -> asm.mov(rdx, qword_ptr(rbx, Program.RESULT)));
    add(asm -> asm.test(r12, imm(Program.NARROW_RESULT)));
    jump(JNZ, narrow);
    add(asm -> asm.mov(qword_ptr(rdx, 0), rax));
    jump(JMP, stored);
    code.bind(narrow);
    add(asm -> asm.mov(dword_ptr(rdx, 0), eax));
    code.bind(stored);
  }

  private void goOn(int where, Place loop) {
    add(asm -> asm.mov(rbx, qword_ptr(rbx, where)));
    jump(JMP, loop);
  }

  private void map(long address, long bytes, int flags, int fd, Place broken) {
    add(asm -> asm.mov(rdi, imm(address)));
    add(asm -> asm.mov(rsi, imm(bytes)));
    add(asm -> asm.mov(rdx, imm(PROT_READ_WRITE)));
    add(asm -> asm.mov(r10, imm(flags | MAP_FIXED_NOREPLACE)));
    add(asm -> asm.mov(r8, imm(fd)));
    add(asm -> asm.mov(r9, imm(0)));
    add(asm -> asm.mov(rax, imm(Syscall.MMAP.number(Architecture.X86_64))));
    code.add(SYSCALL);
    add(asm -> asm.cmp(rax, imm(-LARGEST_ERRNO)));
    jump(JAE, broken);
  }

  private void add(Consumer<Assembler> instruction) {
    Assembler assembler = new Assembler(CPU.X86_64);
    instruction.accept(assembler);
    ByteBuffer encoded = ByteBuffer.allocate(assembler.codeSize());
    assembler.relocCode(encoded, ADDRESS);
    code.add(encoded.array());
  }

  private void jump(byte[] opcode, Place target) {
    int size = opcode.length + Integer.BYTES;
    code.jump(
        Arrays.copyOf(opcode, size),
        (bytes, at, to) -> bytes.putInt(at + opcode.length, to - (at + size)),
        target);
  }
}
