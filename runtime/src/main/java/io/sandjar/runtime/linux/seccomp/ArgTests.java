package io.sandjar.runtime.linux.seccomp;

import io.sandjar.runtime.linux.seccomp.BpfAssembler.Label;
import java.util.List;

/** Writes the tests of a call's arguments, a half of 32 bits at a time as classic BPF can. */
final class ArgTests {
  private static final int ARGS = 16; // offsetof(struct seccomp_data, args)
  private static final int ARG_BYTES = 8;
  private static final int HALF_BYTES = 4;

  private final BpfAssembler assembler;
  private final boolean wide;

  /**
   * @param wide whether arguments have 64 bits; of others the high half is no one's business
   */
  ArgTests(BpfAssembler assembler, boolean wide) {
    this.assembler = assembler;
    this.wide = wide;
  }

  /** Goes to {@code match} if all conditions hold. */
  Label all(List<ArgCondition> conditions, Label match, Label miss) {
    Label next = match;
    for (int i = conditions.size() - 1; i >= 0; i--) {
      next = test(conditions.get(i), next, miss);
    }
    return next;
  }

  private Label test(ArgCondition condition, Label match, Label miss) {
    return switch (condition.operator()) {
      case EQ -> equal(condition, match, miss);
      case NE -> equal(condition, miss, match);
      case GE -> greater(condition, true, match, miss);
      case LT -> greater(condition, true, miss, match);
      case GT -> greater(condition, false, match, miss);
      case LE -> greater(condition, false, miss, match);
      case MASKED_EQ -> maskedEqual(condition, match, miss);
    };
  }

  private Label equal(ArgCondition condition, Label match, Label miss) {
    Label low = assembler.ifEqual(low(condition.value()), match, miss);
    low = assembler.load(lowOffset(condition), low);
    if (!wide) {
      return low;
    }
    Label high = assembler.ifEqual(high(condition.value()), low, miss);
    return assembler.load(highOffset(condition), high);
  }

  private Label greater(ArgCondition condition, boolean orEqual, Label match, Label miss) {
    int lowValue = low(condition.value());
    Label low =
        orEqual
            ? assembler.ifAtLeast(lowValue, match, miss)
            : assembler.ifGreater(lowValue, match, miss);
    low = assembler.load(lowOffset(condition), low);
    if (!wide) {
      return low;
    }
    int highValue = high(condition.value());
    Label high = assembler.ifEqual(highValue, low, miss);
    high = assembler.ifGreater(highValue, match, high);
    return assembler.load(highOffset(condition), high);
  }

  private Label maskedEqual(ArgCondition condition, Label match, Label miss) {
    Label low = assembler.ifEqual(low(condition.valueTwo()), match, miss);
    low = assembler.and(low(condition.value()), low);
    low = assembler.load(lowOffset(condition), low);
    if (!wide) {
      return low;
    }
    Label high = assembler.ifEqual(high(condition.valueTwo()), low, miss);
    high = assembler.and(high(condition.value()), high);
    return assembler.load(highOffset(condition), high);
  }

  private static int low(long value) {
    return (int) value;
  }

  private static int high(long value) {
    return (int) (value >>> 32);
  }

  /** All architectures here are little-endian: the low half comes first. */
  private static int lowOffset(ArgCondition condition) {
    return ARGS + condition.index() * ARG_BYTES;
  }

  private static int highOffset(ArgCondition condition) {
    return lowOffset(condition) + HALF_BYTES;
  }
}
