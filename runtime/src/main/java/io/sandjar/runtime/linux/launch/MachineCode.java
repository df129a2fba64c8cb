package io.sandjar.runtime.linux.launch;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Machine code that grows: encoded instructions one after the other, and jumps that are filled in
 * when the place that they go to is known, which the assembler libraries cannot do.
 */
final class MachineCode {
  private static final int MOST_BYTES = 4096;

  private final ByteBuffer code = ByteBuffer.allocate(MOST_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private final List<Jump> jumps = new ArrayList<>();

  /** A place in the code that is jumped to. */
  static final class Place {
    private int offset = -1;
  }

  /** Writes the distance from the jump to its target into the code. */
  @FunctionalInterface
  interface Filler {
    void fill(ByteBuffer code, int jump, int target);
  }

  private record Jump(int offset, Filler filler, Place target) {}

  void add(byte... instruction) {
    code.put(instruction);
  }

  /** Adds a jump, whose bytes the filler completes. */
  void jump(byte[] instruction, Filler filler, Place target) {
    jumps.add(new Jump(code.position(), filler, target));
    code.put(instruction);
  }

  /** What is added next is at that place. */
  void bind(Place place) {
    place.offset = code.position();
  }

  byte[] finished() {
    for (Jump jump : jumps) {
      if (jump.target.offset < 0) {
        throw new IllegalStateException("a jump at " + jump.offset + " goes nowhere");
      }
      jump.filler.fill(code, jump.offset, jump.target.offset);
    }
    byte[] bytes = new byte[code.position()];
    code.get(0, bytes);
    return bytes;
  }
}
