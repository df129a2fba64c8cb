package io.sandjar.runtime.cri;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.sandjar.cri.v1.Container;
import io.sandjar.cri.v1.ContainerState;
import io.sandjar.cri.v1.ContainerStatus;
import io.sandjar.cri.v1.ImageSpec;
import io.sandjar.cri.v1.ListContainersRequest;
import io.sandjar.cri.v1.ListImagesRequest;
import io.sandjar.cri.v1.ListPodSandboxRequest;
import io.sandjar.cri.v1.Mount;
import io.sandjar.cri.v1.PodSandbox;
import io.sandjar.cri.v1.PodSandboxState;
import io.sandjar.cri.v1.PullImageRequest;
import io.sandjar.cri.v1.RemoveImageRequest;
import io.sandjar.runtime.state.FolderTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;

/**
 * Clients that do at random what clients do, under {@link Sabotage}; and after each round a
 * comparison of the kernel, the files and the API. What happens is drawn from the seed, and a
 * failure tells it in its order; how it interleaves is the machine's.
 */
final class Chaos {
  private static final int CLIENTS = 3;
  private static final int LINES = 400;
  private static final int UNKNOWN_EXIT_CODE = 255;
  private static final long PATIENCE_SECONDS = 60;

  /** Where each container notes outside of the node how many lines it has written. */
  static final String PROGRESS = "progress";

  /** A registry that stalls costs its client no more. */
  private static final long PULL_SECONDS = 2;

  /** How each operation may fail while its daemon or its target is being killed. */
  private static final Set<Status.Code> EXPECTED =
      Set.of(
          Status.Code.UNAVAILABLE,
          Status.Code.CANCELLED,
          Status.Code.NOT_FOUND,
          Status.Code.FAILED_PRECONDITION,
          Status.Code.RESOURCE_EXHAUSTED,
          Status.Code.DEADLINE_EXCEEDED,
          Status.Code.INTERNAL);

  private final Sabotage sabotage;
  private final CriNode node;
  private final Footprint footprint;
  private final long seed;
  private final int rounds;
  private final int operations;

  private int audited;

  /** Containers whose start was answered well. */
  private final Set<String> started = ConcurrentHashMap.newKeySet();

  /** Containers whose making was answered and whose removal was not asked for: id to pod. */
  private final Map<String, String> made = new ConcurrentHashMap<>();

  /** What each client's own image is called in whole. */
  private final Map<String, String> served = new ConcurrentHashMap<>();

  /** Images of a client's own, and whether the node has them; absent where nobody can know. */
  private final Map<String, Boolean> images = new ConcurrentHashMap<>();

  private final Path folder;
  private final Path progress;

  /** By Ctrl-C or SIGTERM: what it has on the machine goes before its process does. */
  private final Thread ender = new Thread(this::end, "chaos-end");

  private final CountDownLatch over = new CountDownLatch(1);
  private volatile boolean ending;

  Chaos(Path folder, long seed, int rounds, int operations)
      throws IOException, InterruptedException {
    this.folder = folder;
    this.progress = Files.createDirectory(folder.resolve(PROGRESS));
    Runtime.getRuntime().addShutdownHook(ender);
    try {
      this.sabotage = Sabotage.start(folder);
    } catch (IOException | InterruptedException | RuntimeException | AssertionError failed) {
      isOver();
      throw failed;
    }
    this.node = sabotage.node();
    this.footprint = Footprint.of(node);
    this.seed = seed;
    this.rounds = rounds;
    this.operations = operations;
  }

  /** Chaos in a folder for as long as it is let. */
  public static void main(String[] args) throws Exception {
    new Chaos(Path.of(args[0]), 1, Integer.MAX_VALUE, 1000).run();
  }

  void run() throws Exception {
    try {
      String first = node.run(node.pod("first"));
      node.create(first, node.container("first", "true"));
      node.removePod(first);
      Set<String> empty = footprint.look();
      Map<String, Integer> descriptors = Footprint.descriptors(node.daemonPid());
      for (int round = 0; round < rounds; round++) {
        expectToGoOn();
        round(new Random(seed + round), round);
        sabotage.rest();
        audit();
        awaitAgreement();
        auditImages();
        node.removeAllPods();
        footprint.awaitSame(empty);
        Footprint.awaitDescriptors(node.daemonPid(), descriptors);
        made.clear();
        started.clear();
        images.clear();
        sabotage.forget();
      }
      assertTrue(audited > rounds, "only " + audited + " containers were there to be looked at");
    } catch (AssertionError | Exception failed) {
      throw new AssertionError(
          "with seed %d: %s%n%s%n%s"
              .formatted(seed, failed.getMessage(), sabotage.told(), node.daemonLog()),
          failed);
    } finally {
      try {
        sabotage.close();
      } finally {
        isOver();
      }
    }
  }

  private void isOver() {
    over.countDown();
    if (!ending) {
      Runtime.getRuntime().removeShutdownHook(ender);
    }
  }

  private void end() {
    ending = true;
    try {
      // Nobody else deletes the folder: the process ends with this.
      if (over.await(3 * PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        FolderTree.delete(folder);
      }
    } catch (IOException | InterruptedException failed) {
      System.err.println("chaos leaves " + folder + ": " + failed);
    }
  }

  private void expectToGoOn() {
    if (ending) {
      throw new CancellationException("it was ended from outside");
    }
  }

  private void round(Random random, int round) throws Exception {
    ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
    List<Future<?>> working = new ArrayList<>();
    for (int client = 0; client < CLIENTS; client++) {
      Client one = new Client(random.nextLong(), round + "-" + client);
      served.put(one.image(), node.registry().serveStacked(one.image(), 1));
      working.add(clients.submit(one::work));
    }
    long saboteur = random.nextLong();
    try {
      while (!working.stream().allMatch(Future::isDone)) {
        expectToGoOn();
        Thread.sleep(sabotage.strike(saboteur));
      }
    } finally {
      clients.shutdownNow();
      clients.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }
    for (Future<?> each : working) {
      each.get();
    }
  }

  /** One client with pods of its own. */
  private final class Client {
    private final long seed;
    private final String name;
    private final Map<String, String> pods = new HashMap<>();
    private final Map<String, String> names = new HashMap<>();
    private int count;

    Client(long seed, String name) {
      this.seed = seed;
      this.name = name;
    }

    void work() {
      int done = 0;
      while (done < operations && !ending) {
        Operation next = Operation.drawn(seed, done);
        try {
          operate(next);
          sabotage.tell("client %s, %d: %s".formatted(name, done, next));
          done++;
        } catch (StatusRuntimeException failed) {
          Status.Code code = failed.getStatus().getCode();
          sabotage.tell("client %s, %d: %s %s".formatted(name, done, next, failed.getStatus()));
          if (!EXPECTED.contains(code)) {
            throw failed;
          }
          // Where no daemon is, it waits for the next one.
          done += code == Status.Code.UNAVAILABLE ? 0 : 1;
          CriNode.pause();
        }
      }
    }

    private void operate(Operation next) {
      List<String> mine =
          made.entrySet().stream()
              .filter(each -> pods.containsKey(each.getValue()))
              .sorted(Comparator.comparing(each -> names.get(each.getKey())))
              .map(Map.Entry::getKey)
              .toList();
      switch (pods.isEmpty() ? Operation.Kind.RUN_POD : next.kind()) {
        case RUN_POD -> {
          String pod = "pod" + name + '-' + count++;
          pods.put(pod, node.run(node.pod(pod)));
          sabotage.made(pod, pods.get(pod));
        }
        case START -> start(next);
        case STOP -> {
          if (!mine.isEmpty()) {
            String container = next.pick(mine);
            sabotage.disturb(container, "it was stopped");
            node.stop(container, next.number() % 2);
          }
        }
        case REMOVE -> {
          if (!mine.isEmpty()) {
            String container = next.pick(mine);
            made.remove(container);
            node.removeContainer(container);
          }
        }
        case EXEC -> {
          if (!mine.isEmpty()) {
            node.sh(next.pick(mine), "echo alive");
          }
        }
        case PULL -> pull();
        case REMOVE_IMAGE -> removeImage();
        case REMOVE_POD -> {
          String pod = aPod(next);
          made.values().removeIf(pod::equals);
          String sandbox = pods.remove(pod);
          node.removePod(sandbox);
        }
      }
    }

    private String aPod(Operation next) {
      return next.pick(pods.keySet().stream().sorted().toList());
    }

    /** What its image is called in the registry. */
    String image() {
      return "chaos-" + name;
    }

    private void pull() {
      String image = served.get(image());
      images.remove(image());
      node.client()
          .images()
          .withDeadlineAfter(PULL_SECONDS, TimeUnit.SECONDS)
          .pullImage(
              PullImageRequest.newBuilder()
                  .setImage(ImageSpec.newBuilder().setImage(image))
                  .build());
      images.put(image(), true);
    }

    private void removeImage() {
      images.remove(image());
      Chaos.this.removeImage(image());
      images.put(image(), false);
    }

    private void start(Operation next) {
      String pod = aPod(next);
      // Every second one goes on until it is stopped.
      String then = next.ends() ? "exit " + next.number() % 4 : "sleep 1000";
      String called = then.replace(' ', '-') + '-' + count++;
      String script =
          """
          i=0
          while [ $i -lt %d ]; do
            echo line $i
            i=$((i+1))
            echo $i >> /%s/%s-%s
            [ $((i %% 40)) = 0 ] && sleep 0.05
          done
          %s
          """
              .formatted(LINES, PROGRESS, pod, called, then);
      String container =
          node.create(
              pods.get(pod),
              node.container(called, "sh", "-c", script)
                  .addMounts(
                      Mount.newBuilder()
                          .setHostPath(progress.toString())
                          .setContainerPath('/' + PROGRESS)));
      names.put(container, called);
      made.put(container, pod);
      try {
        node.start(container);
        started.add(container);
      } catch (StatusRuntimeException failed) {
        // It may run or not: the next daemon decides.
        sabotage.disturb(container, "its start failed");
        throw failed;
      }
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
      Container container = listed.get(each.getKey());
      if (container == null) {
        throw new AssertionError("container " + each.getKey() + " is gone");
      }
      Set<String> causes = sabotage.ofContainer(each.getKey(), each.getValue());
      try {
        judge(container, each.getValue(), causes);
      } catch (AssertionError wrong) {
        throw new AssertionError(
            container.getMetadata().getName()
                + " of "
                + each.getValue()
                + ", "
                + causes
                + ": "
                + wrong.getMessage()
                + '\n'
                + node.status(container.getId()),
            wrong);
      }
    }
  }

  private void judge(Container container, String pod, Set<String> causes) throws IOException {
    String id = container.getId();
    String name = container.getMetadata().getName();
    boolean sleeps = name.startsWith("sleep");
    if (causes.isEmpty() && sleeps) {
      assertEquals("alive", node.sh(id, "echo alive"));
      awaitLines(pod, name);
    }
    if (causes.isEmpty() && !sleeps) {
      assertEquals(codeOf(name), node.awaitExit(id).getExitCode());
      assertEquals(LINES, lines(pod, name).size());
    }
    if (started.contains(id) && sleeps) {
      // Nothing but this can have ended it, and this has.
      if (causes.equals(Set.of(Sabotage.MONITOR_KILLED))) {
        assertEquals(UNKNOWN_EXIT_CODE, node.awaitExit(id).getExitCode());
      } else if (causes.equals(Set.of(Sabotage.KILLED))) {
        assertEquals(128 + 9, node.awaitExit(id).getExitCode());
      }
    }
    ContainerStatus status = node.status(id);
    boolean ended = status.getState() == ContainerState.CONTAINER_EXITED;
    if (ended && !causes.isEmpty()) {
      judgeEnd(status, name, causes);
    }
    List<String> lines = lines(pod, name);
    assertEquals(IntStream.range(0, lines.size()).mapToObj(i -> "line " + i).toList(), lines);
    // With a monitor goes what no daemon had read of the pipes that it held.
    if (ended && !causes.contains(Sabotage.MONITOR_KILLED)) {
      int noted = noted(pod, name);
      assertTrue(
          lines.size() == noted || lines.size() == noted + 1,
          () -> lines.size() + " lines in the log of " + noted + " that were written");
    }
  }

  private static int codeOf(String name) {
    return Integer.parseInt(name.split("-")[1]);
  }

  /** It may have ended by itself before it was disturbed. */
  private static void judgeEnd(ContainerStatus status, String name, Set<String> causes) {
    Set<Integer> possible = new HashSet<>(Set.of(128 + 9, 128 + 15));
    if (name.startsWith("exit")) {
      possible.add(codeOf(name));
    }
    if (causes.contains(Sabotage.MONITOR_KILLED)) {
      possible.add(UNKNOWN_EXIT_CODE);
    }
    assertTrue(possible.contains(status.getExitCode()), () -> "not one of " + possible);
    boolean unknown = status.getExitCode() == UNKNOWN_EXIT_CODE;
    assertEquals(unknown, status.getReason().equals("Unknown"));
    assertTrue(!unknown || status.getMessage().contains("its monitor"), "it does not say why");
  }

  private void awaitLines(String pod, String name) throws IOException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (lines(pod, name).size() < LINES && System.nanoTime() < end) {
      CriNode.pause();
    }
    assertEquals(LINES, lines(pod, name).size());
  }

  /** How many lines it has noted as written; it may have died before it noted the last. */
  private int noted(String pod, String name) throws IOException {
    Path notes = progress.resolve(pod + '-' + name);
    return Files.exists(notes) ? Files.readAllLines(notes).size() : 0;
  }

  /** Waits until the kernel has what the API tells, and nothing else. */
  private void awaitAgreement() throws IOException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    List<String> wrong = disagreements();
    while (!wrong.isEmpty() && System.nanoTime() < end) {
      CriNode.pause();
      wrong = disagreements();
    }
    assertEquals(List.of(), wrong);
  }

  private List<String> disagreements() throws IOException {
    List<String> wrong = new ArrayList<>();
    Set<String> watched = new HashSet<>(sabotage.monitors().values());
    for (Container container :
        node.runtime()
            .listContainers(ListContainersRequest.getDefaultInstance())
            .getContainersList()) {
      boolean hasMonitor = watched.remove(container.getId());
      boolean runs = container.getState() == ContainerState.CONTAINER_RUNNING;
      if (runs && !(hasMonitor && isAlive(() -> node.pidOf(container.getId())))) {
        wrong.add("runs without a process or a monitor: " + container);
      }
      if (container.getState() == ContainerState.CONTAINER_EXITED && hasMonitor) {
        wrong.add("has ended, and its monitor has not: " + container);
      }
    }
    watched.forEach(id -> wrong.add("is watched, and not known: " + id));
    for (PodSandbox pod :
        node.runtime().listPodSandbox(ListPodSandboxRequest.getDefaultInstance()).getItemsList()) {
      boolean ready = pod.getState() == PodSandboxState.SANDBOX_READY;
      if (ready && !isAlive(() -> node.pidOfPod(pod.getId()))) {
        wrong.add("is ready without a pause: " + pod);
      }
    }
    return wrong;
  }

  private static boolean isAlive(LongSupplier pid) {
    try {
      return ProcessHandle.of(pid.getAsLong()).filter(ProcessHandle::isAlive).isPresent();
    } catch (NumberFormatException none) {
      return false;
    }
  }

  /** Each image is there or not, as its client knows, and after a pull it is whole. */
  private void auditImages() {
    Set<String> listed = new HashSet<>();
    node.client()
        .images()
        .listImages(ListImagesRequest.getDefaultInstance())
        .getImagesList()
        .forEach(image -> listed.addAll(image.getRepoTagsList()));
    images.forEach(
        (image, present) -> assertEquals(present, listed.contains(served.get(image)), image));
    String pod = node.run(node.pod("images"));
    served.forEach(
        (image, name) -> {
          node.pull(name);
          var config = node.container(image, "cat", "/layer-0");
          config.getImageBuilder().setImage(name);
          assertEquals(0, node.awaitExit(node.createAndStart(pod, config)).getExitCode(), image);
        });
    node.removePod(pod);
    served.keySet().forEach(this::removeImage);
    served.clear();
  }

  private void removeImage(String image) {
    node.client()
        .images()
        .removeImage(
            RemoveImageRequest.newBuilder()
                .setImage(ImageSpec.newBuilder().setImage(served.get(image)))
                .build());
  }

  private List<String> lines(String pod, String name) throws IOException {
    try {
      return node.log(pod, name);
    } catch (NoSuchFileException neverStarted) {
      return List.of();
    }
  }
}
