package io.sandjar.runtime.linux.launch;

import io.sandjar.runtime.linux.Rlimit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * The limits that the daemon was started with. HotSpot raises its own soft limit of open files to
 * the hard one (-XX:+MaxFDLimit), which programs that use select(2) would not survive.
 */
final class InheritedLimits {
  private static final Path OWN = Path.of("/proc/self/limits");
  private static final String OPEN_FILES = "Max open files";

  /** The kernel's INR_OPEN_CUR, the soft limit that everything is written for. */
  private static final long USUAL_OPEN_FILES = 1024;

  private InheritedLimits() {}

  static List<ResourceLimit> read() throws IOException {
    return parse(Files.readString(OWN));
  }

  static List<ResourceLimit> parse(String limits) {
    return limits
        .lines()
        .filter(line -> line.startsWith(OPEN_FILES))
        .map(line -> line.substring(OPEN_FILES.length()).strip().split("\\s+"))
        .map(fields -> openFiles(number(fields[0]), number(fields[1])))
        .toList();
  }

  private static ResourceLimit openFiles(long soft, long hard) {
    boolean raised = soft == hard;
    boolean endless = hard == Rlimit.RLIM_INFINITY;
    long started = endless ? USUAL_OPEN_FILES : Math.min(USUAL_OPEN_FILES, hard);
    return new ResourceLimit(Rlimit.RLIMIT_NOFILE, raised ? started : soft, hard);
  }

  private static long number(String text) {
    return text.equals("unlimited") ? Rlimit.RLIM_INFINITY : Long.parseLong(text);
  }
}
