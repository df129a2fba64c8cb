package io.sandjar.runtime.linux.launch;

import io.sandjar.runtime.linux.ProcessId;
import java.util.List;

/**
 * What a daemon has to remember of a monitor, to find it again: who it is, and which of its fds are
 * what. A number is -1 for what it does not hold.
 *
 * @param container the container's first process
 * @param held the numbers of the launch's {@code held} files
 */
public record MonitorRecord(
    ProcessId monitor,
    ProcessId container,
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
}
