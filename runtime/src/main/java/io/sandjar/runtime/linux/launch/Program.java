package io.sandjar.runtime.linux.launch;

import io.sandjar.runtime.linux.Architecture;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A finished launch program: instructions for the launcher and their data, laid out for fixed
 * addresses.
 *
 * <p>In memory it is a header that the launcher writes an error to, the instructions of {@value
 * #INSTRUCTION_BYTES} bytes each, and the data. A further page is shared by all processes of the
 * program and by the daemon.
 */
final class Program {
  /** Below 2^39, the smallest address space of an aarch64 kernel, and far from everything else. */
  static final long BASE = 0x10_0000_0000L;

  /** More than any program needs; only pages that exist in the file are ever touched. */
  static final long MOST_BYTES = 0x100_0000;

  static final long SHARED_BASE = 0x11_0000_0000L;
  static final int SHARED_BYTES = 4096;

  static final int HEADER_BYTES = 64;
  static final int FAILED_INSTRUCTION = 0;
  static final int FAILED_ERRNO = 8;

  static final int INSTRUCTION_BYTES = 128;
  static final int SYSCALL = 0;
  static final int FLAGS = 8;
  static final int ARGS = 16;
  static final int RESULT = 64;
  static final int ERRNO = 72;
  static final int ON_ERRNO = 80;
  static final int ON_ERROR = 88;
  static final int ON_ZERO = 96;
  static final int NEXT = 104;

  /** Bits 0 to 5 of the flags: the argument is a slot's address, and its content is meant. */
  static final int MOST_ARGS = 6;

  /** Bit 6: the result is stored as 32 bits. */
  static final long NARROW_RESULT = 1L << MOST_ARGS;

  static final long NO_SYSCALL = -1;

  /** Where a result goes that nobody wants: in the header. */
  static final long SCRATCH = BASE + 16;

  private static final int ALIGNMENT = 8;

  private final List<Instruction> instructions;
  private final List<Label> placed;
  private final Label onError;
  private final List<Data> results;

  Program(List<Instruction> instructions, List<Label> placed, Label onError, List<Data> results) {
    this.results = List.copyOf(results);
    this.instructions = List.copyOf(instructions);
    this.placed = List.copyOf(placed);
    this.onError = onError;
  }

  /** The program as the launcher maps it. */
  byte[] encode(Architecture architecture) {
    List<Data> data = data();
    int end = place(data);
    if (end > MOST_BYTES) {
      throw new IllegalArgumentException(
          "the launch program is too large: the arguments and the environment have "
              + end
              + " bytes, more than "
              + MOST_BYTES);
    }
    int count = instructions.size();
    long[] words = new long[(HEADER_BYTES + count * INSTRUCTION_BYTES) / Long.BYTES];
    int at = HEADER_BYTES / Long.BYTES;
    for (int i = 0; i < count; i++) {
      instructions.get(i).encode(words, at, architecture, onError, addressOf(i + 1));
      at += INSTRUCTION_BYTES / Long.BYTES;
    }
    ByteBuffer memory = ByteBuffer.allocate(end).order(ByteOrder.LITTLE_ENDIAN);
    memory.asLongBuffer().put(words);
    for (Data each : data) {
      if (!each.isShared()) {
        each.writeTo(memory, (int) (each.address() - BASE));
      }
    }
    return memory.array();
  }

  static long addressOf(int instruction) {
    return BASE + HEADER_BYTES + (long) instruction * INSTRUCTION_BYTES;
  }

  /** All data, each once, what is pointed to included. */
  private List<Data> data() {
    Object mark = new Object();
    List<Data> found = new ArrayList<>(2 * instructions.size());
    for (Data data : results) {
      collect(data, mark, found);
    }
    for (Instruction instruction : instructions) {
      for (Arg arg : instruction.args()) {
        Data data = arg.data();
        if (data != null) {
          collect(data, mark, found);
        }
      }
      if (instruction.stored() != null) {
        collect(instruction.stored(), mark, found);
      }
    }
    return found;
  }

  private static void collect(Data data, Object mark, List<Data> found) {
    if (data.markedFirst(mark)) {
      found.add(data);
      for (Data.Pointer pointer : data.pointers()) {
        collect(pointer.target(), mark, found);
      }
    }
  }

  private int place(List<Data> data) {
    int end = HEADER_BYTES + instructions.size() * INSTRUCTION_BYTES;
    int shared = 0;
    for (Data each : data) {
      int size = (each.size() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
      if (each.isShared()) {
        each.place(SHARED_BASE + shared);
        shared += size;
      } else {
        each.place(BASE + end);
        end += size;
      }
    }
    return end;
  }

  /** The instruction whose failure the launcher reported by its address. */
  Instruction failed(long address) {
    long index = (address - BASE - HEADER_BYTES) / INSTRUCTION_BYTES;
    if (address < BASE || index >= instructions.size()) {
      throw new IllegalArgumentException("no instruction at 0x" + Long.toHexString(address));
    }
    return instructions.get((int) index);
  }

  /** Every instruction on a line: its step, its syscall, and where it goes unless to the next. */
  List<String> listing() {
    Map<Integer, List<Label>> labels = new HashMap<>();
    for (Label label : placed) {
      labels.computeIfAbsent(label.index(), index -> new ArrayList<>()).add(label);
    }
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < instructions.size(); i++) {
      labels.getOrDefault(i, List.of()).forEach(label -> lines.add(label.name() + ":"));
      Instruction instruction = instructions.get(i);
      StringBuilder line = new StringBuilder("%4d  ".formatted(i));
      line.append(instruction.call());
      instruction.errnoJump().ifPresent(jump -> line.append(shown(jump)));
      instruction.onError().ifPresent(label -> line.append("  else error -> " + label.name()));
      instruction.onZero().ifPresent(label -> line.append("  zero -> " + label.name()));
      instruction.next().ifPresent(label -> line.append("  -> " + label.name()));
      line.append("  # ").append(instruction.step());
      lines.add(line.toString());
    }
    return lines;
  }

  private static String shown(Instruction.ErrnoJump jump) {
    return "  "
        + new io.sandjar.netbridge.sys.Errno(jump.errno()).symbol()
        + " -> "
        + jump.target().name();
  }

  List<Instruction> instructions() {
    return instructions;
  }
}
