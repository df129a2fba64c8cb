package io.sandjar.runtime.daemon;

import io.sandjar.runtime.state.Failpoints;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Failpoints that a test in another JVM commands: it says what is to happen at which of the points
 * that are passed from now on, and reads which ones were passed.
 */
public final class FileFailpoints implements Failpoints {
  private static final long PATIENCE_SECONDS = 60;

  private final Path armed;
  private final Path passed;
  private final Path hit;

  public FileFailpoints(Path folder) {
    this.armed = folder.resolve("failpoints-armed");
    this.passed = folder.resolve("failpoints-passed");
    this.hit = folder.resolve("failpoints-hit");
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

  /**
   * What is to happen where.
   *
   * @param point its name, or {@link #ANY}
   * @param from at which of the times that it is passed, counted from 1
   * @param to the last of them
   * @param after another point, which another thread has to come to before it happens; or {@link
   *     #ANY}
   */
  public record Order(String point, int from, int to, Action action, String after) {
    private static final String ANY = "*";

    /** At the how manieth point, whatever it is called. */
    public static Order atThe(int count, Action action) {
      return at(ANY, count, action);
    }

    public static Order at(String point, int time, Action action) {
      return new Order(point, time, time, action, ANY);
    }

    /** Who passes that point gets an exception until this is disarmed, but for the first ones. */
    public static Order always(String point, int butFor) {
      return new Order(point, butFor + 1, Integer.MAX_VALUE, Action.FAIL, ANY);
    }

    /** Once another thread has come to that point. */
    public Order after(String other) {
      return new Order(point, from, to, action, other);
    }

    private boolean isDue(String name, List<String> passed) {
      int time = point.equals(ANY) ? passed.size() : Collections.frequency(passed, point);
      return (point.equals(ANY) || point.equals(name)) && from <= time && time <= to;
    }

    private boolean isOnce() {
      return from == to;
    }

    private String line() {
      return String.join(" ", point, "" + from, "" + to, action.name(), after);
    }

    private static Order of(String line) {
      String[] words = line.split(" ");
      return new Order(
          words[0],
          Integer.parseInt(words[1]),
          Integer.parseInt(words[2]),
          Action.valueOf(words[3]),
          words[4]);
    }
  }

  public void arm(Order... orders) throws IOException {
    Files.deleteIfExists(hit);
    Files.deleteIfExists(passed);
    writeArmed(List.of(orders));
  }

  public void disarm() throws IOException {
    Files.deleteIfExists(armed);
  }

  /** At which points something has happened since they were armed. */
  public List<String> hits() throws IOException {
    return lines(hit);
  }

  /** Which points were passed since the last call, in their order. */
  public List<String> takePassed() throws IOException {
    List<String> names = lines(passed);
    Files.deleteIfExists(passed);
    return names;
  }

  @Override
  public void pass(String name) {
    try {
      Optional<Order> due = due(name);
      if (due.isPresent()) {
        await(due.get().after());
        append(hit, name);
        obey(due.get().action(), name);
      }
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private static void obey(Action action, String name) {
    switch (action) {
      case PARK -> park();
      case FAIL -> throw new IllegalStateException("failpoint " + name);
      case HALT -> Runtime.getRuntime().halt(1);
    }
  }

  private synchronized Optional<Order> due(String name) throws IOException {
    append(passed, name);
    List<String> names = lines(passed);
    List<Order> orders = new ArrayList<>(lines(armed).stream().map(Order::of).toList());
    Optional<Order> due = orders.stream().filter(order -> order.isDue(name, names)).findFirst();
    if (due.isPresent() && due.get().isOnce()) {
      orders.remove(due.get());
      writeArmed(orders);
    }
    return due;
  }

  private void await(String other) throws IOException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!other.equals(Order.ANY) && !lines(passed).contains(other)) {
      if (System.nanoTime() > end) {
        throw new IllegalStateException("nobody has come to failpoint " + other);
      }
      rest();
    }
  }

  private static void rest() {
    try {
      TimeUnit.MILLISECONDS.sleep(10);
    } catch (InterruptedException over) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted at a failpoint", over);
    }
  }

  private static void append(Path file, String name) throws IOException {
    Files.writeString(file, name + '\n', StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  /** The other JVM sees all of them or none. */
  private void writeArmed(List<Order> orders) throws IOException {
    Path next = armed.resolveSibling(armed.getFileName() + "-next");
    Files.write(next, orders.stream().map(Order::line).toList());
    Files.move(next, armed, StandardCopyOption.ATOMIC_MOVE);
  }

  /** None of a file that is not there, or that the test has just deleted. */
  private static List<String> lines(Path file) throws IOException {
    try {
      return Files.readAllLines(file);
    } catch (NoSuchFileException none) {
      return List.of();
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
