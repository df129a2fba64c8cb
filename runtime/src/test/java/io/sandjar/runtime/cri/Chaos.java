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
import io.sandjar.cri.v1.PullImageRequest;
import io.sandjar.cri.v1.RemoveImageRequest;
import java.io.IOException;
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
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * Clients that do at random what clients do, under {@link Sabotage}; and after each round a
 * comparison of the kernel, the files and the API. What happens is drawn from the seed; how it
 * interleaves is the machine's.
 */
final class Chaos {
  private static final int CLIENTS = 3;
  private static final int LINES = 400;

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

  /** Containers whose making was answered and whose removal was not asked for: id to pod. */
  private final Map<String, String> made = new ConcurrentHashMap<>();

  /** What each client's own image is called in whole. */
  private final Map<String, String> served = new ConcurrentHashMap<>();

  /** Images of a client's own, and whether the node has them; absent where nobody can know. */
  private final Map<String, Boolean> images = new ConcurrentHashMap<>();

  Chaos(Path folder, long seed, int rounds, int operations)
      throws IOException, InterruptedException {
    this.sabotage = Sabotage.start(folder);
    this.node = sabotage.node();
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
      Map<String, Integer> descriptors = Footprint.descriptors(node.daemonPid());
      for (int round = 0; round < rounds; round++) {
        round(new Random(seed + round), round);
        sabotage.rest();
        audit();
        auditImages();
        node.removeAllPods();
        footprint.awaitSame(empty);
        Footprint.awaitDescriptors(node.daemonPid(), descriptors);
        made.clear();
        images.clear();
        sabotage.forget();
      }
      assertTrue(audited > rounds, "only " + audited + " containers were there to be looked at");
    } catch (AssertionError | Exception failed) {
      throw new AssertionError(
          "with seed " + seed + ": " + failed.getMessage() + '\n' + node.daemonLog(), failed);
    } finally {
      sabotage.close();
    }
  }

  private void round(Random random, int round) throws Exception {
    ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
    List<Future<?>> working = new ArrayList<>();
    for (int client = 0; client < CLIENTS; client++) {
      Client one = new Client(new Random(random.nextLong()), round + "-" + client);
      served.put(one.image(), node.registry().serveStacked(one.image(), 1));
      working.add(clients.submit(one::work));
    }
    Random saboteur = new Random(random.nextLong());
    try {
      while (!working.stream().allMatch(Future::isDone)) {
        sabotage.strike(saboteur);
        Thread.sleep(100 + saboteur.nextInt(400));
      }
    } finally {
      clients.shutdownNow();
    }
    for (Future<?> each : working) {
      each.get();
    }
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
      int left = operations;
      while (left > 0) {
        try {
          operate();
          left--;
        } catch (StatusRuntimeException failed) {
          Status.Code code = failed.getStatus().getCode();
          if (!EXPECTED.contains(code)) {
            throw failed;
          }
          // Where no daemon is, it waits for the next one.
          left -= code == Status.Code.UNAVAILABLE ? 0 : 1;
          CriNode.pause();
        }
      }
    }

    private void operate() {
      int dice = random.nextInt(12);
      List<String> mine =
          made.entrySet().stream()
              .filter(each -> pods.containsKey(each.getValue()))
              .map(Map.Entry::getKey)
              .sorted()
              .toList();
      if (pods.isEmpty() || dice == 0) {
        String pod = "pod" + name + '-' + count++;
        pods.put(pod, node.run(node.pod(pod)));
        sabotage.made(pod, pods.get(pod));
      } else if (dice < 6 || mine.isEmpty()) {
        String pod = any(pods.keySet().stream().sorted().toList());
        start(pod, pods.get(pod));
      } else if (dice == 6) {
        String container = any(mine);
        sabotage.disturb(container, "it was stopped");
        node.stop(container, random.nextInt(2));
      } else if (dice == 7) {
        String container = any(mine);
        made.remove(container);
        node.removeContainer(container);
      } else if (dice == 8) {
        node.sh(any(mine), "echo alive");
      } else if (dice == 9) {
        pull();
      } else if (dice == 10) {
        removeImage();
      } else {
        String pod = any(pods.keySet().stream().sorted().toList());
        made.values().removeIf(pod::equals);
        String sandbox = pods.remove(pod);
        node.removePod(sandbox);
      }
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
        sabotage.disturb(container, "its start failed");
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
      Container container = listed.get(each.getKey());
      if (container == null) {
        throw new AssertionError("container " + each.getKey() + " is gone");
      }
      String what = sabotage.ofContainer(each.getKey(), each.getValue());
      try {
        judge(container, each.getValue(), what);
      } catch (AssertionError wrong) {
        throw new AssertionError(
            container.getMetadata().getName()
                + " of "
                + each.getValue()
                + ", "
                + (what == null ? "undisturbed" : what)
                + ": "
                + wrong.getMessage()
                + '\n'
                + node.status(container.getId()),
            wrong);
      }
    }
  }

  private void judge(Container container, String pod, String what) throws IOException {
    String name = container.getMetadata().getName();
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
