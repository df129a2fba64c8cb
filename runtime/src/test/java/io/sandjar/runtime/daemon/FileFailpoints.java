package io.sandjar.runtime.daemon;

import io.sandjar.runtime.state.Failpoints;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/**
 * Failpoints that a test in another JVM commands: it says what is to happen at the how manieth
 * point that is passed from now on, and reads which ones were passed.
 */
public final class FileFailpoints implements Failpoints {
  private final Path armed;
  private final Path passed;
  private final Path hit;
  private final Path failing;

  public FileFailpoints(Path folder) {
    this.armed = folder.resolve("failpoint-armed");
    this.passed = folder.resolve("failpoints-passed");
    this.hit = folder.resolve("failpoint-hit");
    this.failing = folder.resolve("failpoint-failing");
  }

  /** What happens to the thread, or the daemon, that passes the point. */
  public enum Action {
    /** It never goes on, and whatever lock it holds it holds for ever. */
    PARK,
    /** It gets an exception. */
    FAIL,
    /** The daemon is gone in this very moment. */
    HALT
  }

  public void arm(int count, Action action) throws IOException {
    Files.deleteIfExists(hit);
    Files.deleteIfExists(passed);
    writeAtOnce(armed, count + " " + action);
  }

  /** Who passes that point gets an exception until this is disarmed, but for so many first ones. */
  public void failAlways(String name, int butFor) throws IOException {
    Files.deleteIfExists(passed);
    writeAtOnce(failing, name + " " + butFor);
  }

  public void disarm() throws IOException {
    Files.deleteIfExists(armed);
    Files.deleteIfExists(failing);
  }

  /** The point at which it happened; empty before that. */
  public Optional<String> hit() throws IOException {
    return Files.exists(hit) ? Optional.of(Files.readString(hit)) : Optional.empty();
  }

  /** Which points were passed since the last call, in their order. */
  public List<String> takePassed() throws IOException {
    List<String> names = Files.exists(passed) ? Files.readAllLines(passed) : List.of();
    Files.deleteIfExists(passed);
    return names;
  }

  @Override
  public void pass(String name) {
    action(name).ifPresent(action -> obey(action, name));
  }

  private static void obey(Action action, String name) {
    switch (action) {
      case PARK -> park();
      case FAIL -> throw new IllegalStateException("failpoint " + name);
      case HALT -> Runtime.getRuntime().halt(1);
    }
  }

  private synchronized Optional<Action> action(String name) {
    try {
      Files.writeString(passed, name + '\n', StandardOpenOption.CREATE, StandardOpenOption.APPEND);
      Optional<String> always = read(failing);
      if (always.isPresent()) {
        String[] order = always.get().split(" ");
        int times = Collections.frequency(Files.readAllLines(passed), name);
        return order[0].equals(name) && times > Integer.parseInt(order[1])
            ? Optional.of(Action.FAIL)
            : Optional.empty();
      }
      if (!Files.exists(armed)) {
        return Optional.empty();
      }
      String[] order = Files.readString(armed).split(" ");
      if (Files.readAllLines(passed).size() != Integer.parseInt(order[0])) {
        return Optional.empty();
      }
      Files.delete(armed);
      writeAtOnce(hit, name);
      return Optional.of(Action.valueOf(order[1]));
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /** The other JVM sees all of it or nothing. */
  private static void writeAtOnce(Path file, String content) throws IOException {
    Path next = file.resolveSibling(file.getFileName() + "-next");
    Files.writeString(next, content);
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Its content, unless the test has deleted it. */
  private static Optional<String> read(Path order) throws IOException {
    try {
      return Optional.of(Files.readString(order));
    } catch (NoSuchFileException disarmed) {
      return Optional.empty();
    }
  }

  private static void park() {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException over) {
      Thread.currentThread().interrupt();
    }
  }
}
