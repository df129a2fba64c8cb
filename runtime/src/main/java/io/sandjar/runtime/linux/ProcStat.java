package io.sandjar.runtime.linux;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/** What {@code /proc/PID/stat} says of a process; see proc_pid_stat(5). */
public record ProcStat(int pid, char state, int parent, int session, long startTime) {
  private static final int STATE = 0;
  private static final int PARENT = 1;
  private static final int SESSION = 3;
  private static final int START_TIME = 19;

  /** Empty if there is no such process. */
  public static Optional<ProcStat> of(int pid) throws IOException {
    String line;
    try {
      line = Files.readString(Path.of("/proc", Integer.toString(pid), "stat"));
    } catch (NoSuchFileException | FileNotFoundException e) {
      return Optional.empty();
    } catch (IOException e) {
      // It can also end between the opening and the reading: ESRCH.
      if (Files.notExists(Path.of("/proc", Integer.toString(pid)))) {
        return Optional.empty();
      }
      throw e;
    }
    // The name, in parentheses, may have spaces and parentheses itself.
    String[] fields = line.substring(line.lastIndexOf(')') + 2).strip().split(" ");
    return Optional.of(
        new ProcStat(
            pid,
            fields[STATE].charAt(0),
            Integer.parseInt(fields[PARENT]),
            Integer.parseInt(fields[SESSION]),
            Long.parseLong(fields[START_TIME])));
  }

  public ProcessId id() {
    return new ProcessId(pid, startTime);
  }

  /** Whether it has ended and only waits to be reaped. */
  public boolean isZombie() {
    return state == 'Z' || state == 'X';
  }
}
