package io.sandjar.runtime.linux.seccomp;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;

/** The numbers of an architecture's system calls by name. */
final class SyscallTable {
  private final Map<String, Integer> numbers = new HashMap<>();

  private SyscallTable() {}

  static SyscallTable of(SeccompArch arch) {
    SyscallTable table = new SyscallTable();
    for (String line : SeccompProfile.resource("syscalls-" + arch.table() + ".txt").split("\n")) {
      if (!line.startsWith("#")) {
        int space = line.indexOf(' ');
        table.numbers.put(line.substring(0, space), Integer.parseInt(line.substring(space + 1)));
      }
    }
    return table;
  }

  /** Empty for a call that this architecture has not, or that is newer than this table. */
  OptionalInt number(String name) {
    Integer number = numbers.get(name);
    return number == null ? OptionalInt.empty() : OptionalInt.of(number);
  }
}
