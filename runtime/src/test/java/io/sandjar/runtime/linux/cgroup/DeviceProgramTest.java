package io.sandjar.runtime.linux.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** Runs the program by an interpreter of the few instructions it uses. */
class DeviceProgramTest {
  private static final int BLOCK = 1;
  private static final int CHARACTER = 2;
  private static final int MKNOD = 1;
  private static final int READ = 2;
  private static final int WRITE = 4;

  private final byte[] standard = DeviceProgram.allowing(DeviceRule.STANDARD);

  @Test
  void theStandardNodesCanBeUsed() {
    assertTrue(allows(standard, CHARACTER, READ | WRITE, 1, 3));
    assertTrue(allows(standard, CHARACTER, READ, 1, 9));
    assertTrue(allows(standard, CHARACTER, READ | WRITE | MKNOD, 5, 2));
    assertTrue(allows(standard, CHARACTER, READ | WRITE, 136, 7));
  }

  @Test
  void otherDevicesCanBeMadeButNotOpened() {
    assertTrue(allows(standard, BLOCK, MKNOD, 8, 0));
    assertFalse(allows(standard, BLOCK, READ, 8, 0));
    assertFalse(allows(standard, BLOCK, READ | MKNOD, 8, 0));
    assertFalse(allows(standard, CHARACTER, WRITE, 1, 1));
    assertFalse(allows(standard, CHARACTER, READ, 10, 200));
  }

  @Test
  void aBlockDeviceIsNotTheCharacterDeviceOfItsNumber() {
    assertFalse(allows(standard, BLOCK, READ, 1, 3));
  }

  @Test
  void noRuleAllowsNothing() {
    byte[] none = DeviceProgram.allowing(List.of());

    assertFalse(allows(none, CHARACTER, READ, 1, 3));
    assertFalse(allows(none, CHARACTER, 0, 1, 3));
  }

  @Test
  void aRuleOfAnyKindAllowsBothWithItsAccess() {
    byte[] program =
        DeviceProgram.allowing(
            List.of(
                new DeviceRule(DeviceRule.Kind.ANY, OptionalInt.of(8), OptionalInt.empty(), "r")));

    assertTrue(allows(program, BLOCK, READ, 8, 16));
    assertTrue(allows(program, CHARACTER, READ, 8, 0));
    assertFalse(allows(program, BLOCK, WRITE, 8, 16));
    assertFalse(allows(program, BLOCK, READ, 9, 16));
  }

  @Test
  void theStandardRulesAreFewEnoughForOldKernelsLimits() {
    assertTrue(standard.length / DeviceProgram.INSTRUCTION_BYTES < 4096);
    assertEquals(0, standard.length % DeviceProgram.INSTRUCTION_BYTES);
  }

  private static boolean allows(byte[] program, int type, int access, int major, int minor) {
    int[] context = {access << 16 | type, major, minor};
    long[] r = new long[11];
    ByteBuffer code = ByteBuffer.wrap(program).order(ByteOrder.nativeOrder());
    for (int pc = 0; ; pc++) {
      int at = pc * DeviceProgram.INSTRUCTION_BYTES;
      int opcode = code.get(at) & 0xff;
      int destination = code.get(at + 1) & 0xf;
      int source = (code.get(at + 1) >> 4) & 0xf;
      int offset = code.getShort(at + 2);
      int immediate = code.getInt(at + 4);
      switch (opcode) {
        case 0x61 -> r[destination] = context[offset / 4] & 0xffffffffL;
        case 0x54 -> r[destination] = r[destination] & immediate & 0xffffffffL;
        case 0x74 -> r[destination] = (r[destination] & 0xffffffffL) >>> immediate;
        case 0xb4 -> r[destination] = immediate & 0xffffffffL;
        case 0xbc -> r[destination] = r[source] & 0xffffffffL;
        case 0x55 -> pc += r[destination] != immediate ? offset : 0;
        case 0x95 -> {
          return r[0] == 1;
        }
        default -> throw new AssertionError("opcode " + Integer.toHexString(opcode));
      }
    }
  }
}
