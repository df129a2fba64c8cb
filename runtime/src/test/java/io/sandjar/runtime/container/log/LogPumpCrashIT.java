package io.sandjar.runtime.container.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.netbridge.sys.Fd;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The log's promise: whatever happens to the daemon, every byte is in the log once. */
@Timeout(300)
class LogPumpCrashIT {
  private static final int KILLS = 12;

  @TempDir Path directory;

  @Test
  void everyLineIsInTheLogOnceHoweverOftenTheDaemonIsKilled() throws Exception {
    var out = LogPumpTest.numberedLines(150_000, new Random(1));
    var err = LogPumpTest.numberedLines(50_000, new Random(2));
    pumpUnderKills(out, err, kill -> {});
    var lines = LogLines.of(directory.resolve("0.log"));
    LogPumpTest.assertSame(out, lines.text("stdout"));
    LogPumpTest.assertSame(err, lines.text("stderr"));
  }

  @Test
  void everyLineIsThereOnceAlsoWhenTheLogIsRotatedBetweenTheKills() throws Exception {
    var out = LogPumpTest.numberedLines(100_000, new Random(5));
    var err = LogPumpTest.numberedLines(30_000, new Random(6));
    pumpUnderKills(
        out,
        err,
        kill -> Files.move(directory.resolve("0.log"), directory.resolve("0.log." + kill)));
    var entries = new ArrayList<LogLines.Entry>();
    for (int i = 0; i < KILLS; i++) {
      entries.addAll(LogLines.of(directory.resolve("0.log." + i)).entries());
    }
    entries.addAll(LogLines.of(directory.resolve("0.log")).entries());
    LogPumpTest.assertSame(out, new LogLines(entries).text("stdout"));
    LogPumpTest.assertSame(err, new LogLines(entries).text("stderr"));
  }

  /** What happens while no daemon is there. */
  private interface AfterKill {
    void run(int kill) throws Exception;
  }

  private void pumpUnderKills(String out, String err, AfterKill afterKill) throws Exception {
    var random = new Random(3);
    try (var made = LogPipes.create()) {
      var writers =
          new Thread[] {
            new Thread(() -> writeAndEnd(made.stdout(), out)),
            new Thread(() -> writeAndEnd(made.stderr(), err))
          };
      for (var writer : writers) {
        writer.start();
      }
      for (int i = 0; i < KILLS; i++) {
        var daemon = PumpProcess.start(directory, made.pipes());
        var says = daemon.inputReader();
        assertEquals("pumping", says.readLine());
        // Every third one dies at once, with what its predecessor left half done.
        if (i % 3 != 0) {
          Thread.sleep(random.nextInt(60));
        }
        daemon.destroyForcibly().waitFor();
        afterKill.run(i);
      }
      var last = PumpProcess.start(directory, made.pipes());
      var says = last.inputReader();
      assertEquals("pumping", says.readLine());
      assertEquals("drained", says.readLine());
      assertEquals(0, last.waitFor());
      for (var writer : writers) {
        writer.join();
      }
    }
  }

  @Test
  void aFullDiskMakesTheContainerWaitAndLosesNothing() throws Exception {
    var disk = Files.createDirectory(directory.resolve("disk"));
    run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk.toString());
    try (var pump = new LogPump(1)) {
      var text = LogPumpTest.numberedLines(20_000, new Random(4));
      var made = LogPipes.create();
      var writer = new Thread(() -> writeAndEnd(made.stdout(), text));
      try (var log = pump.start(made.pipes(), Optional.of(new LogPath(disk, "0.log")))) {
        made.stderr().close();
        writer.start();
        while (disk.toFile().getUsableSpace() > 0) {
          assertTrue(writer.isAlive(), "all of it found room");
          Thread.onSpinWait();
        }
        assertTrue(writer.isAlive(), "the container waits for room on the disk");
        log.initEnded(Duration.ofSeconds(30));
        run("mount", "-o", "remount,size=64m", disk.toString());
        log.drained().get();
        writer.join();
      }
      LogPumpTest.assertSame(text, LogLines.of(disk.resolve("0.log")).text("stdout"));
    } finally {
      run("umount", disk.toString());
    }
  }

  private static void writeAndEnd(Fd fd, String text) {
    LogPumpTest.writeInRandomChunks(fd, text, new Random(text.length()));
    fd.close();
  }

  private static void run(String... command) throws Exception {
    var process = new ProcessBuilder(command).inheritIO().start();
    assertEquals(0, process.waitFor(), () -> String.join(" ", command) + " (root is needed)");
  }
}
