package bench;

import bench.PodCalls.Pod;
import io.sandjar.cri.v1.ImageSpec;
import io.sandjar.cri.v1.ListContainersRequest;
import io.sandjar.cri.v1.ListPodSandboxStatsRequest;
import io.sandjar.cri.v1.PullImageRequest;
import io.sandjar.cri.v1.RemoveImageRequest;
import io.sandjar.runtime.cri.CriClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Thousands of pods come and go, and what the daemon holds between them must not grow. */
public final class Soak {
  private static final int ROUNDS = 10;

  private final CriClient client;
  private final PodCalls pods;
  private final String otherImage;
  private final int clients;
  private final AtomicLong ended = new AtomicLong();

  private Soak(CriClient client, PodCalls pods, String otherImage, int clients) {
    this.client = client;
    this.pods = pods;
    this.otherImage = otherImage;
    this.clients = clients;
  }

  public static void main(String[] options) throws Exception {
    var arguments = new Arguments(options, "minutes", "clients");
    double minutes = arguments.number("minutes", 120);
    var footprint = new Footprints();
    try (var node = new BenchNode();
        var registry = new ImageRegistry(node);
        var daemon =
            BenchDaemon.launch(node, "image: {registryConfig: \"" + registry.certs() + "\"}")) {
      var image = registry.push(Layouts.busybox(), "latest");
      var other = registry.push(Layouts.busybox(), "pause");
      daemon.awaitListening();
      var logs = daemon.folder().resolve("logs");
      try (var client = new CriClient(daemon.criSocket())) {
        var pods = new PodCalls(client, image, logs, BenchDaemon.CGROUP + "/pods");
        var soak = new Soak(client, pods, other, arguments.number("clients", 4));
        long roundNanos = (long) (minutes * 60e9 / ROUNDS);
        // The first pod makes what stays: the cgroup of all pods.
        soak.someOf(new Random(0));
        var before = Footprint.of(daemon, node);
        try {
          for (int round = 0; round < ROUNDS; round++) {
            soak.churn(round, roundNanos);
            // With the folder itself: a round leaves more of them than a command can name.
            Tool.run("rm", "-rf", logs.toString());
            footprint.add(
                soak.ended.get(), Footprint.settled(daemon, node, before, Footprints.SLACK));
          }
        } finally {
          pods.endAll();
        }
      }
    }
    footprint.finish(arguments.json());
  }

  /** Several clients for so long; the seed makes a round the same each time. */
  private void churn(int round, long nanos) throws Exception {
    long end = System.nanoTime() + nanos;
    var work = new ArrayList<Callable<Void>>();
    for (int i = 0; i < clients; i++) {
      var random = new Random(round * 100L + i);
      work.add(
          () -> {
            while (System.nanoTime() < end) {
              someOf(random);
            }
            return null;
          });
    }
    var threads = Executors.newFixedThreadPool(clients);
    try {
      for (var done : threads.invokeAll(work)) {
        done.get();
      }
    } finally {
      threads.shutdownNow();
      threads.awaitTermination(1, TimeUnit.MINUTES);
    }
  }

  /** A few pods at once, what a node asks of them, and their end in another order. */
  private void someOf(Random random) throws Exception {
    var timings = new Timings();
    var made = new ArrayList<Pod>();
    for (int i = 0; i <= random.nextInt(3); i++) {
      // One that ends by itself, one that writes, one that serves.
      made.add(
          switch (random.nextInt(3)) {
            case 0 -> pods.start(timings, List.of("true"));
            case 1 -> pods.start(timings, List.of("sh", "-c", "seq 1 1000; sleep 1000"));
            default -> serving(timings);
          });
    }
    client.runtime().listContainers(ListContainersRequest.getDefaultInstance());
    client.runtime().listPodSandboxStats(ListPodSandboxStatsRequest.getDefaultInstance());
    if (random.nextInt(20) == 0) {
      pullAndRemove();
    }
    java.util.Collections.shuffle(made, random);
    for (Pod pod : made) {
      if (random.nextInt(4) == 0) {
        // As a kubelet that was away: without stopping the container first.
        pods.endSandbox(pod);
      } else {
        pods.end(pod, timings, random.nextInt(2));
      }
      ended.incrementAndGet();
    }
  }

  private Pod serving(Timings timings) throws Exception {
    var pod = pods.start(timings);
    pods.exec(pod, timings);
    return pod;
  }

  private void pullAndRemove() {
    var image = ImageSpec.newBuilder().setImage(otherImage).build();
    client.images().pullImage(PullImageRequest.newBuilder().setImage(image).build());
    client.images().removeImage(RemoveImageRequest.newBuilder().setImage(image).build());
  }
}
