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
 * program and by the daemon. The instructions and data that a process needs for as long as it lives
 * are the rest, which follows all else in the file and is memory of its own in the process.
 */
final class Program {
  /** Below 2^39, the smallest address space of an aarch64 kernel, and far from everything else. */
  static final long BASE = 0x10_0000_0000L;

  /** More than any program needs; only pages that exist in the file are ever touched. */
  static final long MOST_BYTES = 0x100_0000;

  static final long SHARED_BASE = 0x11_0000_0000L;
  static final int SHARED_BYTES = 4096;

  static final long REST_BASE = 0x12_0000_0000L;

  /** More than any rest needs, and nothing that is not touched. */
  static final int MOST_REST_BYTES = 0x1_0000;

  /** What of the program stays mapped during the rest: the largest page of an aarch64 kernel. */
  static final int HEADER_MAP_BYTES = 0x1_0000;

  static final long BEHIND_HEADER = BASE + HEADER_MAP_BYTES;
  static final long MOST_BYTES_BEHIND = MOST_BYTES - HEADER_MAP_BYTES;

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

  /** The bit of an instruction that is tried again for as long as its error is EAGAIN. */
  static final int AGAIN_BIT = MOST_ARGS + 1;

  static final long NO_SYSCALL = -1;

  /** Where a result goes that nobody wants: in the header. */
  static final long SCRATCH = BASE + 16;

  private static final int ALIGNMENT = 8;

  private final List<Instruction> instructions;
  private final List<Label> placed;
  private final Label onError;
  private final List<Data> results;
  private final int restFrom;
  private final int restTo;

  /** As it lies in its file. */
  record Encoded(byte[] program, byte[] rest) {}

  /**
   * @param restFrom the first instruction of the rest
   * @param restTo the first one after it; the same where there is none
   */
  Program(
      List<Instruction> instructions,
      List<Label> placed,
      Label onError,
      List<Data> results,
      int restFrom,
      int restTo) {
    this.restFrom = restFrom;
    this.restTo = restTo;
    this.results = List.copyOf(results);
    this.instructions = List.copyOf(instructions);
    this.placed = List.copyOf(placed);
    this.onError = onError;
  }

  /** The program as the launcher maps it, and its rest. */
  Encoded encode(Architecture architecture) {
    Object mark = new Object();
    List<Data> ofRest = new ArrayList<>();
    collect(instructions.subList(restFrom, restTo), mark, ofRest);
    List<Data> others = new ArrayList<>(2 * instructions.size());
    for (Data data : results) {
      collect(data, mark, others);
    }
    collect(instructions, mark, others);
    for (Label label : placed) {
      label.lieAt(lies(label.index()));
    }
    ByteBuffer rest = memory(placeRest(ofRest), MOST_REST_BYTES);
    ByteBuffer program = memory(place(others), MOST_BYTES);
    encode(architecture, program, rest);
    for (Data each : others) {
      if (!each.isShared()) {
        each.writeTo(program, (int) (each.address() - BASE));
      }
    }
    for (Data each : ofRest) {
      each.writeTo(rest, (int) (each.address() - REST_BASE));
    }
    return new Encoded(program.array(), rest.array());
  }

  private void encode(Architecture architecture, ByteBuffer program, ByteBuffer rest) {
    int count = instructions.size();
    long[] words = new long[(HEADER_BYTES + count * INSTRUCTION_BYTES) / Long.BYTES];
    long[] restWords = new long[rest.capacity() / Long.BYTES];
    for (int i = 0; i < count; i++) {
      boolean resting = isOfRest(i);
      long base = resting ? REST_BASE : BASE;
      instructions
          .get(i)
          .encode(
              resting ? restWords : words,
              (int) (lies(i) - base) / Long.BYTES,
              architecture,
              onError,
              lies(i + 1),
              resting ? REST_BASE : SCRATCH);
    }
    program.asLongBuffer().put(words);
    rest.asLongBuffer().put(restWords);
  }

  private static ByteBuffer memory(int bytes, long most) {
    if (bytes > most) {
      throw new IllegalArgumentException(
          "the launch program is too large: the arguments and the environment have "
              + bytes
              + " bytes, more than "
              + most);
    }
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private boolean isOfRest(int instruction) {
    return instruction >= restFrom && instruction < restTo;
  }

  /** Where an instruction lies; the places of the rest's own are left out in the program. */
  private long lies(int instruction) {
    return isOfRest(instruction)
        ? REST_BASE + HEADER_BYTES + (long) (instruction - restFrom) * INSTRUCTION_BYTES
        : addressOf(instruction);
  }

  static long addressOf(int instruction) {
    return BASE + HEADER_BYTES + (long) instruction * INSTRUCTION_BYTES;
  }

  /** Adds all data of these that has not been marked yet, what is pointed to included. */
  private static void collect(List<Instruction> of, Object mark, List<Data> found) {
    for (Instruction instruction : of) {
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
      if (each.isShared()) {
        each.place(SHARED_BASE + shared);
        shared += aligned(each);
      } else {
        each.place(BASE + end);
        end += aligned(each);
      }
    }
    return end;
  }

  /** Behind its instructions; before them is where results go that nobody wants. */
  private int placeRest(List<Data> data) {
    if (restTo == restFrom) {
      return 0;
    }
    int end = HEADER_BYTES + (restTo - restFrom) * INSTRUCTION_BYTES;
    for (Data each : data) {
      if (each.isShared() && each.size() > 0) {
        throw new IllegalStateException("the rest of a program needs the shared " + each.name());
      }
      each.place(REST_BASE + end);
      end += aligned(each);
    }
    return end;
  }

  private static int aligned(Data data) {
    return (data.size() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
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
