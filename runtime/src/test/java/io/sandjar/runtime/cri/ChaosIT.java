package io.sandjar.runtime.cri;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A short run of chaos, which draws the same each time so that a build fails for what was changed;
 * {@code scripts/chaos} makes long ones, of a new seed each.
 */
class ChaosIT {
  private static final int ROUNDS = 2;
  private static final int OPERATIONS = 25;

  @Test
  void afterRandomOperationsUnderRandomKillsEverythingIsAccountedFor(@TempDir Path folder)
      throws Exception {
    // Who is to be told that it is enough.
    String told = System.getProperty("sandjar.chaos.pid");
    if (told != null) {
      Files.writeString(Path.of(told), Long.toString(ProcessHandle.current().pid()));
    }
    long seed = Long.getLong("sandjar.chaos.seed", 77);
    new Chaos(folder, seed, Integer.getInteger("sandjar.chaos.rounds", ROUNDS), OPERATIONS).run();
  }

  @Test
  void endedFromOutsideItLeavesNothing(@TempDir Path parent) throws Exception {
    Path folder = Files.createDirectory(parent.resolve("chaos"));
    Path output = parent.resolve("output");
    Process chaos =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Chaos.class.getName(),
                folder.toString())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      awaitContainer(folder, chaos);
      String config = Files.readString(folder.resolve("config.yaml"));
      String bridge = config.replaceAll("(?s).*bridge: (\\S+).*", "$1");
      // As Ctrl-C does, which surefire and the shell pass on.
      chaos.destroy();
      assertTrue(chaos.waitFor(300, TimeUnit.SECONDS), "it does not end");
      assertFalse(Files.exists(folder), Files.readString(output));
      String mounts = Files.readString(Path.of("/proc/self/mountinfo"));
      assertFalse(mounts.contains(folder.toString()), mounts);
      assertFalse(Footprint.run("ip", "-o", "link").contains(bridge), bridge);
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      while (!processesOf(folder).isEmpty() && System.nanoTime() < end) {
        CriNode.pause();
      }
      assertEquals(List.of(), processesOf(folder));
    } finally {
      chaos.destroy();
    }
  }

  private static void awaitContainer(Path folder, Process chaos) throws Exception {
    Path progress = folder.resolve(Promises.PROGRESS);
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(180);
    while (!Files.isDirectory(progress) || Footprint.list(progress).isEmpty()) {
      assertTrue(chaos.isAlive() && System.nanoTime() < end, "no container runs");
      CriNode.pause();
    }
  }

  private static List<String> processesOf(Path folder) {
    return ProcessHandle.allProcesses()
        .map(each -> each.info().commandLine().orElse(""))
        .filter(line -> line.contains(folder.toString()))
        .toList();
  }
}
