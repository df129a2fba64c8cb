package io.sandjar.runtime.linux.launch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.KernelVersion;
import io.sandjar.runtime.linux.ProcessUser;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** What the program of an executed process does, by its listing. */
class ExecProgramTest {
  private static final int LAST_CAPABILITY = 40;

  private final List<String> lines = listing();

  private static List<String> listing() {
    var process =
        new ProcessLaunch(
            List.of("true"),
            List.of("PATH=/bin"),
            "/",
            new ProcessUser(1000, 1000, List.of(1000), "/"),
            CapabilitySets.NONE,
            true,
            Optional.empty(),
            Optional.empty(),
            List.of(),
            OptionalInt.empty(),
            ProcessLaunch.USUAL_UMASK);
    var launch =
        new ExecLaunch("id", null, process, Stdio.Files.none(), Optional.empty(), Optional.empty());
    var context =
        new LaunchContext(
            new KernelVersion(6, 1), null, LAST_CAPABILITY, List.of(), Optional.empty());
    return new ExecProgram(launch, context, new Fd(100), new Fd(101)).compose().build().listing();
  }

  private int first(String step, int from) {
    for (int i = from; i < lines.size(); i++) {
      if (lines.get(i).contains(step)) {
        return i;
      }
    }
    throw new AssertionError(step + " is not behind line " + from + " of\n" + lines);
  }

  @Test
  void theLauncherDoesNothingMoreOnceItSharesItsMemory() {
    int clone = first("# clone the process", 0);
    assertTrue(lines.get(clone + 1).contains("exit_group(0)"), lines.get(clone + 1));
    assertEquals("process:", lines.get(clone + 2));
  }

  @Test
  void noUserMayWriteIntoThatMemory() {
    int user = first("# become uid 1000", 0);
    assertTrue(first("# be undumpable", user) < first("execve(", user), lines.toString());
  }
}
