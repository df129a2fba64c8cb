package io.sandjar.runtime.cri;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.sandjar.cri.v1.ImageSpec;
import io.sandjar.cri.v1.Mount;
import io.sandjar.cri.v1.PullImageRequest;
import io.sandjar.cri.v1.RemoveImageRequest;
import java.io.IOException;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** One client of {@link Chaos}, with pods and an image of its own: what it does is drawn. */
final class ChaosClient {
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
  private final Promises promises;
  private final long seed;
  private final String name;
  private final Map<String, String> pods = new HashMap<>();
  private final Map<String, String> names = new HashMap<>();
  private int count;

  ChaosClient(Sabotage sabotage, Promises promises, long seed, String name) throws IOException {
    this.sabotage = sabotage;
    this.node = sabotage.node();
    this.promises = promises;
    this.seed = seed;
    this.name = name;
    promises.served.put(image(), node.registry().serveStacked(image(), 1));
  }

  /**
   * @param going whether it is to do more
   */
  void work(int operations, BooleanSupplier going) {
    int done = 0;
    while (done < operations && going.getAsBoolean()) {
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
        promises.made.entrySet().stream()
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
          promises.made.remove(container);
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
        promises.made.values().removeIf(pod::equals);
        String sandbox = pods.remove(pod);
        node.removePod(sandbox);
      }
    }
  }

  private String aPod(Operation next) {
    return next.pick(pods.keySet().stream().sorted().toList());
  }

  /** What its image is called in the registry. */
  private String image() {
    return "chaos-" + name;
  }

  private void pull() {
    String image = promises.served.get(image());
    promises.images.remove(image());
    node.client()
        .images()
        .withDeadlineAfter(PULL_SECONDS, TimeUnit.SECONDS)
        .pullImage(
            PullImageRequest.newBuilder().setImage(ImageSpec.newBuilder().setImage(image)).build());
    promises.images.put(image(), true);
  }

  private void removeImage() {
    promises.images.remove(image());
    node.client()
        .images()
        .removeImage(
            RemoveImageRequest.newBuilder()
                .setImage(ImageSpec.newBuilder().setImage(promises.served.get(image())))
                .build());
    promises.images.put(image(), false);
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
            .formatted(Promises.LINES, Promises.PROGRESS, pod, called, then);
    String container =
        node.create(
            pods.get(pod),
            node.container(called, "sh", "-c", script)
                .addMounts(
                    Mount.newBuilder()
                        .setHostPath(node.folder().resolve(Promises.PROGRESS).toString())
                        .setContainerPath('/' + Promises.PROGRESS)));
    names.put(container, called);
    promises.made.put(container, pod);
    try {
      node.start(container);
      promises.started.add(container);
    } catch (StatusRuntimeException failed) {
      // It may run or not: the next daemon decides.
      sabotage.disturb(container, "its start failed");
      throw failed;
    }
  }
}
