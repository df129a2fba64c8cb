package io.sandjar.runtime.daemon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What memory a JVM's process holds, see proc_pid_smaps(5).
 *
 * @param shareKib its proportional share of what it uses
 * @param ofTheJvmsFilesKib what is resident of the JVM's code, modules and class archives, whoever
 *     else uses it
 */
record ProcessMemory(long shareKib, long ofTheJvmsFilesKib) {
  private static final List<String> OF_THE_JVM = List.of(".jsa", "/libjvm.so", "/lib/modules");

  static ProcessMemory of(long pid) throws IOException {
    long share = 0;
    long resident = 0;
    boolean ofTheJvm = false;
    for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/smaps"))) {
      if (line.startsWith("Pss:")) {
        share += kib(line);
      } else if (line.startsWith("Rss:")) {
        resident += ofTheJvm ? kib(line) : 0;
      } else if (Character.isLowerCase(line.charAt(0)) || Character.isDigit(line.charAt(0))) {
        ofTheJvm = OF_THE_JVM.stream().anyMatch(line::endsWith);
      }
    }
    return new ProcessMemory(share, resident);
  }

  private static long kib(String line) {
    return Long.parseLong(line.replaceAll("\\D", ""));
  }
}
