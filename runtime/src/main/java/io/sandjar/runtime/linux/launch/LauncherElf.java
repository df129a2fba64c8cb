package io.sandjar.runtime.linux.launch;

import io.sandjar.runtime.linux.Architecture;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Wraps the launcher's code as a static ELF executable of one readable page; see elf(5). */
final class LauncherElf {
  private static final int EHDR_BYTES = 64;
  private static final int PHDR_BYTES = 56;
  private static final int PROGRAM_HEADERS = 2;
  static final int HEADER_BYTES = EHDR_BYTES + PROGRAM_HEADERS * PHDR_BYTES;

  private static final byte[] MAGIC = "\u007fELF".getBytes(StandardCharsets.ISO_8859_1);
  private static final byte ELFCLASS64 = 2;
  private static final byte ELFDATA2LSB = 1;
  private static final byte EV_CURRENT = 1;
  private static final short ET_EXEC = 2;
  private static final int PT_LOAD = 1;
  private static final int PT_GNU_STACK = 0x6474e551;
  private static final int PF_X = 1;
  private static final int PF_W = 2;
  private static final int PF_R = 4;

  /** The largest page size of an aarch64 kernel. */
  private static final long ALIGNMENT = 0x1_0000;

  private LauncherElf() {}

  static byte[] of(Architecture architecture) {
    return around(LauncherCode.of(architecture).assemble(), architecture);
  }

  static byte[] around(byte[] code, Architecture architecture) {
    int size = HEADER_BYTES + code.length;
    ByteBuffer elf = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    elf.put(MAGIC).put(ELFCLASS64).put(ELFDATA2LSB).put(EV_CURRENT).position(16);
    elf.putShort(ET_EXEC).putShort((short) architecture.elfMachine()).putInt(EV_CURRENT);
    elf.putLong(LauncherCode.ADDRESS).putLong(EHDR_BYTES).putLong(0).putInt(0);
    elf.putShort((short) EHDR_BYTES).putShort((short) PHDR_BYTES);
    elf.putShort((short) PROGRAM_HEADERS).putShort((short) 0).putShort((short) 0);
    elf.putShort((short) 0);
    long start = LauncherCode.ADDRESS - HEADER_BYTES;
    programHeader(elf, PT_LOAD, PF_R | PF_X, start, size, ALIGNMENT);
    // Without this one x86-64 would make the stack executable.
    programHeader(elf, PT_GNU_STACK, PF_R | PF_W, 0, 0, Long.BYTES);
    return elf.put(code).array();
  }

  private static void programHeader(
      ByteBuffer elf, int type, int flags, long address, long size, long alignment) {
    elf.putInt(type).putInt(flags).putLong(0).putLong(address).putLong(address);
    elf.putLong(size).putLong(size).putLong(alignment);
  }
}
