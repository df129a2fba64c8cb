package io.sandjar.runtime.linux.launch;

import io.sandjar.runtime.linux.ProcessId;
import java.util.ArrayList;
import java.util.List;

/**
 * What a daemon has to remember of a monitor, to find it again: who it is, and which of its fds are
 * what. A number is -1 for what it does not hold.
 *
 * @param container the container's first process
 * @param command what it becomes, as a failure to run it names it; empty in what older daemons
 *     wrote, whose programs do not tell such a failure apart
 * @param held the numbers of the launch's {@code held} files
 */
public record MonitorRecord(
    ProcessId monitor,
    ProcessId container,
    String command,
    int gate,
    int status,
    int exited,
    int closeStdin,
    int end,
    int stdinWriter,
    int terminal,
    int devpts,
    List<Integer> held,
    String exitFile) {

  public MonitorRecord {
    held = List.copyOf(held);
  }

  /** The numbers of all that it holds, in the order in which it gives them away at its socket. */
  List<Integer> numbers() {
    List<Integer> numbers = new ArrayList<>(List.of(gate, status, exited, closeStdin, end));
    numbers.addAll(held);
    numbers.add(terminal);
    numbers.add(devpts);
    // Last, because it is not there any more once stdin is closed.
    numbers.add(stdinWriter);
    numbers.removeIf(number -> number < 0);
    return numbers;
  }
}
