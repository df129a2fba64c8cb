package io.sandjar.runtime.cri;

import io.grpc.StatusRuntimeException;
import io.sandjar.runtime.container.BusyboxRegistry.Mood;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/**
 * What befalls a node while its clients are at work, and what may have ended of it: deaths of the
 * daemon, monitors, pauses and containers, a full disk, a sick registry, a clock that jumps.
 */
final class Sabotage {
  static final String MONITOR_KILLED = "its monitor was killed";
  static final String KILLED = "it was killed";
  private static final int DAY = 86_400;

  /** The daemon keeps the last output of an ended container for no longer than a few seconds. */
  private static final long LONGEST_FULL_NANOS = TimeUnit.SECONDS.toNanos(3);

  private enum Kind {
    DAEMON,
    MONITOR,
    PAUSE,
    CONTAINER,
    ANOTHER_CONTAINER,
    DISK,
    REGISTRY,
    CLOCK
  }

  private final CriNode node;
  private final SmallDisk disk;
  private final JumpingClock clock;

  /** What is to come before anything comes again. */
  private final List<Kind> next = new ArrayList<>();

  private boolean full;

  private long fullSince;
  private int strikes;

  /** Containers that something was done to which may end them, with all that it was. */
  private final Map<String, Set<String>> disturbed = new ConcurrentHashMap<>();

  /** What was done, for whoever looks into a failure or compares a replay. */
  private final Queue<String> told = new ConcurrentLinkedQueue<>();

  /** Every pod that was made, by its name; what is killed in it is found by it. */
  private final Map<String, String> pods = new ConcurrentHashMap<>();

  /** Pods that have lost their pause: what ran in them may have been ended. */
  private final Set<String> withoutPause = ConcurrentHashMap.newKeySet();

  private Sabotage(CriNode node, SmallDisk disk, JumpingClock clock) {
    this.node = node;
    this.disk = disk;
    this.clock = clock;
  }

  /** A node that all this can be done to. */
  static Sabotage start(Path folder) throws IOException, InterruptedException {
    SmallDisk disk = SmallDisk.under(folder);
    try {
      JumpingClock clock = new JumpingClock(folder);
      return new Sabotage(CriNode.start(folder, clock.environment()), disk, clock);
    } catch (IOException | RuntimeException | AssertionError failed) {
      disk.close();
      throw failed;
    }
  }

  CriNode node() {
    return node;
  }

  /** A client has made a pod. */
  void made(String pod, String sandbox) {
    pods.put(pod, sandbox);
  }

  /** A client did something to a container that may end it. */
  void disturb(String container, String what) {
    disturbed.computeIfAbsent(container, none -> ConcurrentHashMap.newKeySet()).add(what);
  }

  /** What may have ended the container of a pod; nothing if nothing was done to it. */
  Set<String> ofContainer(String container, String pod) {
    Set<String> causes = new TreeSet<>(disturbed.getOrDefault(container, Set.of()));
    if (withoutPause.contains(pod)) {
      causes.add("its pod's pause was killed");
    }
    return causes;
  }

  void tell(String what) {
    told.add(what);
  }

  /** All that has happened since {@link #forget}. */
  String told() {
    return String.join("\n", told);
  }

  /** Does the next of what the seed has in store, and returns how long to wait after it. */
  long strike(long seed) throws IOException, InterruptedException {
    Random random = Operation.of(seed, strikes++);
    strike(random);
    return 100 + random.nextInt(400);
  }

  private void strike(Random random) throws IOException, InterruptedException {
    if (next.isEmpty()) {
      next.addAll(List.of(Kind.values()));
      Collections.shuffle(next, random);
    }
    // A strike may take a while, and the daemon waits for a full disk with a bound.
    freeAfterLong();
    boolean wasFull = full;
    Kind kind = next.remove(next.size() - 1);
    told.add("strike " + strikes + ": " + kind);
    switch (kind) {
      case DAEMON -> crash();
      case MONITOR -> killMonitor(random);
      case PAUSE -> killPause(random);
      case CONTAINER, ANOTHER_CONTAINER -> killContainer(random);
      case DISK -> {
        disk.fill();
        full = true;
        fullSince = System.nanoTime();
      }
      case REGISTRY -> node.registry().answer(random.nextBoolean() ? Mood.STALLING : Mood.GARBAGE);
      case CLOCK -> clock.set(random.nextInt(2 * DAY) - DAY);
    }
    if (wasFull && random.nextBoolean()) {
      free();
    }
    freeAfterLong();
  }

  private void freeAfterLong() throws IOException {
    if (full && System.nanoTime() - fullSince > LONGEST_FULL_NANOS) {
      free();
    }
  }

  private void free() throws IOException {
    disk.free();
    full = false;
  }

  /** Nothing happens any more; what has happened is known until {@link #forget}. */
  void rest() throws IOException {
    free();
    node.registry().answer(Mood.WELL);
  }

  void forget() {
    disturbed.clear();
    pods.clear();
    withoutPause.clear();
    told.clear();
    next.clear();
    strikes = 0;
  }

  private void crash() throws IOException, InterruptedException {
    long pid = node.daemonPid();
    node.crash(() -> {});
    JumpingClock.forget(pid);
  }

  private void killMonitor(Random random) throws IOException {
    List<Map.Entry<Long, String>> monitors = List.copyOf(monitors().entrySet());
    if (!monitors.isEmpty()) {
      var victim = monitors.get(random.nextInt(monitors.size()));
      disturb(victim.getValue(), MONITOR_KILLED);
      kill(victim.getKey());
    }
  }

  private void killPause(Random random) {
    List<String> names = pods.keySet().stream().sorted().toList();
    if (names.isEmpty()) {
      return;
    }
    String pod = names.get(random.nextInt(names.size()));
    try {
      long pause = node.pidOfPod(pods.get(pod));
      withoutPause.add(pod);
      kill(pause);
    } catch (StatusRuntimeException | NumberFormatException removed) {
      // Its client was quicker.
      return;
    }
  }

  private void killContainer(Random random) throws IOException {
    List<Map.Entry<Long, String>> monitors = List.copyOf(monitors().entrySet());
    if (!monitors.isEmpty()) {
      var victim = monitors.get(random.nextInt(monitors.size()));
      ProcessHandle.of(victim.getKey()).stream()
          .flatMap(ProcessHandle::children)
          .forEach(
              container -> {
                disturb(victim.getValue(), KILLED);
                container.destroyForcibly();
              });
    }
  }

  private static void kill(long pid) {
    ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
  }

  /** Every monitor, and the id of its container. */
  Map<Long, String> monitors() throws IOException {
    Map<Long, String> found = new TreeMap<>();
    try (var processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (Path process : processes) {
        try {
          String[] command = Files.readString(process.resolve("cmdline")).split("\0");
          if (command.length == 2
              && command[0].equals("sandjar-monitor")
              && command[1].startsWith(node.folder().toString())) {
            Path exitFile = Path.of(command[1]);
            found.put(
                Long.valueOf(process.getFileName().toString()),
                exitFile.getParent().getFileName().toString());
          }
        } catch (IOException ended) {
          continue;
        }
      }
    }
    // A container at its gate is called as its monitor is, whose child it is.
    Set<Long> all = Set.copyOf(found.keySet());
    found.keySet().removeIf(pid -> parent(pid).filter(all::contains).isPresent());
    return found;
  }

  private static Optional<Long> parent(long pid) {
    return ProcessHandle.of(pid).flatMap(ProcessHandle::parent).map(ProcessHandle::pid);
  }

  /** Takes all of it away. */
  void close() throws IOException, InterruptedException {
    long pid = node.daemonPid();
    try {
      rest();
      Reboot.closing(node);
    } finally {
      JumpingClock.forget(pid);
      disk.close();
    }
  }
}
