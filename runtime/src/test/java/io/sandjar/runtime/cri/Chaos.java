package io.sandjar.runtime.cri;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.runtime.state.FolderTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Clients that do at random what clients do, under {@link Sabotage}; and after each round a
 * comparison of the kernel, the files and the API. What happens is drawn from the seed, and a
 * failure tells it in its order; how it interleaves is the machine's.
 */
final class Chaos {
  private static final int CLIENTS = 3;
  private static final long PATIENCE_SECONDS = 60;

  private final Sabotage sabotage;
  private final CriNode node;
  private final Footprint footprint;
  private final long seed;
  private final int rounds;
  private final int operations;

  private final Path folder;
  private final Promises promises = new Promises();

  /** By Ctrl-C or SIGTERM: what it has on the machine goes before its process does. */
  private final Thread ender = new Thread(this::end, "chaos-end");

  private final CountDownLatch over = new CountDownLatch(1);
  private volatile boolean ending;

  Chaos(Path folder, long seed, int rounds, int operations)
      throws IOException, InterruptedException {
    this.folder = folder;
    Files.createDirectory(folder.resolve(Promises.PROGRESS));
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
    var audit = new ChaosAudit(sabotage, promises);
    try {
      String first = node.run(node.pod("first"));
      node.create(first, node.container("first", "true"));
      node.removePod(first);
      Set<String> empty = footprint.look();
      Map<String, Integer> descriptors = Descriptors.atRest(node.daemonPid());
      for (int round = 0; round < rounds; round++) {
        expectToGoOn();
        round(new Random(seed + round), round);
        sabotage.rest();
        audit.containers();
        audit.awaitAgreement();
        audit.images();
        node.removeAllPods();
        footprint.awaitSame(empty);
        Descriptors.await(node.daemonPid(), descriptors);
        promises.forget();
        sabotage.forget();
      }
      assertTrue(
          audit.audited() > rounds,
          "only " + audit.audited() + " containers were there to be looked at");
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
      if (over.await(3 * PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        deleteFolder();
      }
    } catch (IOException | InterruptedException failed) {
      System.err.println("chaos leaves " + folder + ": " + failed);
    }
  }

  /** Whose it is may be deleting it at the same time, but the process ends with this thread. */
  private void deleteFolder() throws IOException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (Files.exists(folder)) {
      try {
        FolderTree.delete(folder);
      } catch (IOException failed) {
        if (System.nanoTime() > end) {
          throw failed;
        }
      }
      CriNode.pause();
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
      var one = new ChaosClient(sabotage, promises, random.nextLong(), round + "-" + client);
      working.add(clients.submit(() -> one.work(operations, () -> !ending)));
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
}
