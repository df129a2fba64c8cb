package io.sandjar.runtime.linux.seccomp;

import java.util.Arrays;

/**
 * A condition on one argument of a system call.
 *
 * @param index 0 to 5
 * @param value what it is compared with; the mask for {@link Operator#MASKED_EQ}
 * @param valueTwo what the masked argument must be
 */
record ArgCondition(int index, Operator operator, long value, long valueTwo) {
  private static final int ARGUMENTS = 6;

  ArgCondition {
    if (index < 0 || index >= ARGUMENTS) {
      throw new SeccompProfileException("argument index " + index + " is not between 0 and 5");
    }
  }

  /** Unsigned comparisons. */
  enum Operator {
    NE,
    LT,
    LE,
    EQ,
    GE,
    GT,
    MASKED_EQ;

    private static final String OCI_PREFIX = "SCMP_CMP_";

    static Operator ofOci(String name) {
      return Arrays.stream(values())
          .filter(operator -> name.equals(OCI_PREFIX + operator.name()))
          .findFirst()
          .orElseThrow(() -> new SeccompProfileException("unknown operator \"" + name + "\""));
    }
  }
}
