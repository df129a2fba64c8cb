package io.sandjar.runtime.cri;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.sandjar.cri.v1.Container;
import io.sandjar.cri.v1.ContainerState;
import io.sandjar.cri.v1.ContainerStatus;
import io.sandjar.cri.v1.ListContainersRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

/**
 * Clients that do at random what clients do, while the daemon, monitors, pauses and containers are
 * killed at random; and after each round a comparison of the kernel, the files and the API. What
 * happens is drawn from the seed; how it interleaves is the machine's.
 */
final class Chaos {
  private static final int CLIENTS = 3;
  private static final int LINES = 400;

  /** How each operation may fail while its daemon or its target is being killed. */
  private static final Set<Status.Code> EXPECTED =
      Set.of(
          Status.Code.UNAVAILABLE,
          Status.Code.CANCELLED,
          Status.Code.NOT_FOUND,
          Status.Code.FAILED_PRECONDITION,
          Status.Code.INTERNAL);

  private final CriNode node;
  private final Footprint footprint;
  private final long seed;
  private final int rounds;
  private final int operations;

  /** Containers that something was done to which may end them, by what it was. */
  private final Map<String, String> disturbed = new ConcurrentHashMap<>();

  /** Every pod that was made, by its name; what is killed in it is found by it. */
  private final Map<String, String> sandboxes = new ConcurrentHashMap<>();

  /** Pods that have lost their pause: what ran in them may have been ended. */
  private final Set<String> withoutPause = ConcurrentHashMap.newKeySet();

  private int audited;

  /** Containers whose making was answered and whose removal was not asked for: id to pod. */
  private final Map<String, String> made = new ConcurrentHashMap<>();

  Chaos(Path folder, long seed, int rounds, int operations) throws IOException {
    this.node = CriNode.start(folder);
    this.footprint = Footprint.of(node);
    this.seed = seed;
    this.rounds = rounds;
    this.operations = operations;
  }

  void run() throws Exception {
    try {
      String first = node.run(node.pod("first"));
      node.create(first, node.container("first", "true"));
      node.removePod(first);
      Set<String> empty = footprint.look();
      for (int round = 0; round < rounds; round++) {
        round(new Random(seed + round), round);
        audit();
        node.removeAllPods();
        footprint.awaitSame(empty);
        made.clear();
        disturbed.clear();
        sandboxes.clear();
        withoutPause.clear();
      }
      assertTrue(audited > rounds, "only " + audited + " containers were there to be looked at");
    } catch (AssertionError | Exception failed) {
      throw new AssertionError(
          "with seed " + seed + ": " + failed.getMessage() + '\n' + node.daemonLog(), failed);
    } finally {
      node.close();
    }
  }

  private void round(Random random, int round) throws Exception {
    ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
    List<Future<?>> working = new ArrayList<>();
    for (int client = 0; client < CLIENTS; client++) {
      Client one = new Client(new Random(random.nextLong()), round + "-" + client);
      working.add(clients.submit(one::work));
    }
    Random saboteur = new Random(random.nextLong());
    while (!working.stream().allMatch(Future::isDone)) {
      sabotage(saboteur);
      Thread.sleep(100 + saboteur.nextInt(400));
    }
    clients.shutdown();
    for (Future<?> each : working) {
      each.get();
    }
  }

  private void sabotage(Random random) throws Exception {
    switch (random.nextInt(5)) {
      case 0 -> node.crash(() -> {});
      case 1 -> killMonitor(random);
      case 2 -> killPause(random);
      default -> killContainer(random);
    }
  }

  private void killMonitor(Random random) throws IOException {
    List<Map.Entry<Long, String>> monitors = List.copyOf(monitors().entrySet());
    if (!monitors.isEmpty()) {
      var victim = monitors.get(random.nextInt(monitors.size()));
      disturbed.put(victim.getValue(), "its monitor was killed");
      kill(victim.getKey());
    }
  }

  private void killPause(Random random) {
    List<String> pods = sandboxes.keySet().stream().sorted().toList();
    if (!pods.isEmpty()) {
      String pod = pods.get(random.nextInt(pods.size()));
      try {
        long pause = node.pidOfPod(sandboxes.get(pod));
        withoutPause.add(pod);
        kill(pause);
      } catch (StatusRuntimeException | NumberFormatException removed) {
        // Its client was quicker.
        return;
      }
    }
  }

  private void killContainer(Random random) throws IOException {
    List<Map.Entry<Long, String>> monitors = List.copyOf(monitors().entrySet());
    if (!monitors.isEmpty()) {
      var victim = monitors.get(random.nextInt(monitors.size()));
      disturbed.putIfAbsent(victim.getValue(), "it was killed");
      ProcessHandle.of(victim.getKey())
          .ifPresent(monitor -> monitor.children().forEach(ProcessHandle::destroyForcibly));
    }
  }

  private static void kill(long pid) {
    ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
  }

  /** Every monitor, or container at its gate, and the id of its container. */
  private Map<Long, String> monitors() throws IOException {
    Map<Long, String> found = new HashMap<>();
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
    return found;
  }

  /** One client with pods of its own. */
  private final class Client {
    private final Random random;
    private final String name;
    private final Map<String, String> pods = new HashMap<>();
    private int count;

    Client(Random random, String name) {
      this.random = random;
      this.name = name;
    }

    void work() {
      for (int i = 0; i < operations; i++) {
        try {
          operate();
        } catch (StatusRuntimeException failed) {
          if (!EXPECTED.contains(failed.getStatus().getCode())) {
            throw failed;
          }
          CriNode.pause();
        }
      }
    }

    private void operate() {
      int dice = random.nextInt(10);
      List<String> mine =
          made.entrySet().stream()
              .filter(each -> pods.containsKey(each.getValue()))
              .map(Map.Entry::getKey)
              .sorted()
              .toList();
      if (pods.isEmpty() || dice == 0) {
        String pod = "pod" + name + '-' + count++;
        pods.put(pod, node.run(node.pod(pod)));
        sandboxes.put(pod, pods.get(pod));
      } else if (dice < 6 || mine.isEmpty()) {
        String pod = any(pods.keySet().stream().sorted().toList());
        start(pod, pods.get(pod));
      } else if (dice == 6) {
        String container = any(mine);
        disturbed.putIfAbsent(container, "it was stopped");
        node.stop(container, random.nextInt(2));
      } else if (dice == 7) {
        String container = any(mine);
        made.remove(container);
        node.removeContainer(container);
      } else if (dice == 8) {
        node.sh(any(mine), "echo alive");
      } else {
        String pod = any(pods.keySet().stream().sorted().toList());
        made.values().removeIf(pod::equals);
        String sandbox = pods.remove(pod);
        node.removePod(sandbox);
      }
    }

    private void start(String pod, String sandbox) {
      int code = random.nextInt(4);
      // Every second one goes on until it is stopped.
      String then = random.nextBoolean() ? "exit " + code : "sleep 1000";
      String container =
          node.create(
              sandbox,
              node.container(
                  then.replace(' ', '-') + '-' + count++,
                  "sh",
                  "-c",
                  "i=0; while [ $i -lt "
                      + LINES
                      + " ]; do echo line $i; i=$((i+1)); [ $((i % 40)) = 0 ] && sleep 0.05; done; "
                      + then));
      made.put(container, pod);
      try {
        node.start(container);
      } catch (StatusRuntimeException failed) {
        // It may run or not: the next daemon decides.
        disturbed.putIfAbsent(container, "its start failed");
        throw failed;
      }
    }

    private String any(List<String> all) {
      return all.get(random.nextInt(all.size()));
    }
  }

  private void audit() throws IOException {
    Map<String, Container> listed = new HashMap<>();
    node.runtime()
        .listContainers(ListContainersRequest.getDefaultInstance())
        .getContainersList()
        .forEach(container -> listed.put(container.getId(), container));
    audited += made.size();
    for (Map.Entry<String, String> each : made.entrySet()) {
      if (withoutPause.contains(each.getValue())) {
        disturbed.putIfAbsent(each.getKey(), "its pod's pause was killed");
      }
      Container container = listed.get(each.getKey());
      if (container == null) {
        throw new AssertionError("container " + each.getKey() + " is gone");
      }
      try {
        judge(container, each.getValue());
      } catch (AssertionError wrong) {
        throw new AssertionError(
            container.getMetadata().getName()
                + " of "
                + each.getValue()
                + ", "
                + disturbed.getOrDefault(container.getId(), "undisturbed")
                + ": "
                + wrong.getMessage()
                + '\n'
                + node.status(container.getId()),
            wrong);
      }
    }
  }

  private void judge(Container container, String pod) throws IOException {
    String name = container.getMetadata().getName();
    String what = disturbed.get(container.getId());
    if (what == null && name.startsWith("sleep")) {
      assertEquals("alive", node.sh(container.getId(), "echo alive"));
    }
    if (what == null && name.startsWith("exit")) {
      ContainerStatus status = node.awaitExit(container.getId());
      assertEquals(Integer.parseInt(name.split("-")[1]), status.getExitCode());
      assertEquals(LINES, lines(pod, name).size());
    }
    if (what != null
        && node.status(container.getId()).getState() == ContainerState.CONTAINER_EXITED) {
      judgeEnd(node.status(container.getId()), name, what);
    }
    List<String> lines = lines(pod, name);
    assertEquals(IntStream.range(0, lines.size()).mapToObj(i -> "line " + i).toList(), lines);
  }

  /** It may have ended by itself before it was disturbed. */
  private static void judgeEnd(ContainerStatus status, String name, String what) {
    Set<Integer> possible = new HashSet<>(Set.of(137, 143));
    if (name.startsWith("exit")) {
      possible.add(Integer.valueOf(name.split("-")[1]));
    }
    if (what.equals("its monitor was killed")) {
      possible.add(255);
    }
    assertEquals(true, possible.contains(status.getExitCode()), what);
    assertEquals(status.getExitCode() == 255, status.getReason().equals("Unknown"), what);
  }

  private List<String> lines(String pod, String name) throws IOException {
    try {
      return node.log(pod, name);
    } catch (NoSuchFileException neverStarted) {
      return List.of();
    }
  }
}
