package io.sandjar.runtime.cri;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Takes from a daemon that runs the right to open more than so many files; closed gives it back.
 */
final class OpenFileLimit implements AutoCloseable {
  private final long pid;
  private final String before;

  OpenFileLimit(long pid) throws IOException {
    this.pid = pid;
    this.before = soft(pid);
  }

  /** Lets it open that many more than it has open now. */
  void allow(int more) throws IOException {
    set(Integer.toString(numberAfter(more)));
  }

  /** The numbers that it has in use. */
  static Set<Integer> descriptors(long pid) {
    String[] names = process(pid).resolve("fd").toFile().list();
    return Arrays.stream(names)
        .map(Integer::valueOf)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** Below which it has that many numbers free. */
  private int numberAfter(int free) {
    Set<Integer> used = descriptors(pid);
    int number = 0;
    for (int left = free; left > 0 || used.contains(number); number++) {
      if (!used.contains(number)) {
        left--;
      }
    }
    return number;
  }

  private void set(String soft) throws IOException {
    Process process =
        new ProcessBuilder("prlimit", "--pid", Long.toString(pid), "--nofile=" + soft + ":")
            .start();
    assertEquals(0, process.onExit().join().exitValue());
  }

  private static String soft(long pid) throws IOException {
    return Files.readAllLines(process(pid).resolve("limits")).stream()
        .filter(line -> line.startsWith("Max open files"))
        .map(line -> line.split("\\s+")[3])
        .findFirst()
        .orElseThrow();
  }

  private static Path process(long pid) {
    return Path.of("/proc", Long.toString(pid));
  }

  @Override
  public void close() throws IOException {
    set(before);
  }
}
