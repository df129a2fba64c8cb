package io.sandjar.runtime.pod.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.container.BusyboxRegistry;
import io.sandjar.runtime.image.Cancellation;
import io.sandjar.runtime.image.Image;
import io.sandjar.runtime.image.ImageSettings;
import io.sandjar.runtime.image.Images;
import io.sandjar.runtime.image.PullProgress;
import io.sandjar.runtime.image.PullRequest;
import io.sandjar.runtime.image.fixture.SlowRegistry;
import io.sandjar.runtime.pod.store.ObjectStore;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real images on a real disk; of it, only the time is made. */
class ImageGarbageIT {
  private static final DiskThresholds ALWAYS = new DiskThresholds(1, 0);
  private static final DiskThresholds NEVER = new DiskThresholds(100, 99);

  @TempDir private Path folder;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private BusyboxRegistry registry;
  private Images images;
  private ObjectStore store;
  private Instant now = Instant.parse("2030-01-01T00:00:00Z");

  @BeforeEach
  void start() throws Exception {
    registry = BusyboxRegistry.start();
    images = new Images(ImageSettings.at(folder.resolve("images")), threads);
    store = new ObjectStore(folder.resolve("objects"), InstantSource.system());
  }

  @AfterEach
  void stop() throws Exception {
    images.awaitDurable();
    store.close();
    registry.close();
    threads.shutdown();
    assertTrue(threads.awaitTermination(60, TimeUnit.SECONDS));
  }

  @Test
  void onAFullDiskImagesThatWereNotUsedForAWhileGo() throws Exception {
    pull("old");
    Image used = pull("used");
    images.snapshots().prepare("container", used);
    ImageGarbage garbage = garbage(ALWAYS, false);
    garbage.collect();
    assertEquals(2, images.list().size(), "an image that is new to the node stays at first");
    now = now.plus(Duration.ofMinutes(3));
    pull("new");
    garbage.collect();
    assertEquals(List.of(name("new"), name("used")), names());
    images.snapshots().remove("container");
    awaitFreed();
    garbage.collect();
    assertTrue(names().contains(name("used")), "it was in use a moment ago");
    now = now.plus(Duration.ofMinutes(3));
    garbage.collect();
    assertEquals(List.of(), names());
    assertEquals("FreeDiskSpaceFailed", store.list("Event", "").objects().get(0).get("reason"));
  }

  @Test
  void whileAPullKeepsThePlaceOfWhatWasRemovedNoMoreIs() throws Exception {
    pull("a");
    pull("b");
    pull("c");
    ImageGarbage garbage = garbage(ALWAYS, false);
    garbage.collect();
    now = now.plus(Duration.ofMinutes(3));
    try (var slow = new SlowRegistry(64 << 20)) {
      var cancellation = new Cancellation();
      var begun = new CompletableFuture<Void>();
      var pull =
          CompletableFuture.runAsync(
              () ->
                  images.pull(
                      PullRequest.of(slow.name()),
                      (blob, stage, done, total) -> begun.complete(null),
                      cancellation),
              threads);
      begun.get(60, TimeUnit.SECONDS);
      garbage.collect();
      garbage.collect();
      assertEquals(2, names().size(), names().toString());
      cancellation.cancel(EngineException.Kind.CANCELLED, "enough");
      assertThrows(ExecutionException.class, () -> pull.get(60, TimeUnit.SECONDS));
    }
    awaitFreed();
    garbage.collect();
    assertEquals(List.of(), names());
  }

  /** Nothing more is removed while what was still occupies its space. */
  private void awaitFreed() throws InterruptedException {
    for (int i = 0; i < 1200 && images.isFreeing(); i++) {
      Thread.sleep(50);
    }
  }

  @Test
  void aDiskWithRoomKeepsThem() throws Exception {
    pull("old");
    ImageGarbage garbage = garbage(NEVER, false);
    garbage.collect();
    now = now.plus(Duration.ofMinutes(3));
    garbage.collect();
    assertEquals(1, images.list().size());
  }

  @Test
  void whereAKubeletRunsPodsItDecides() throws Exception {
    pull("old");
    ImageGarbage garbage = garbage(ALWAYS, true);
    garbage.collect();
    now = now.plus(Duration.ofMinutes(3));
    garbage.collect();
    assertEquals(1, images.list().size());
  }

  private ImageGarbage garbage(DiskThresholds disk, boolean kubelet) {
    var facts = new NodeFacts("n", List.of("127.0.0.1"), 1, 1 << 30, 1 << 30, 1, "1", "1");
    var node = new NodeObject(facts, store, Optional::empty, () -> now);
    node.refresh();
    var events = new EventRecorder(store, "n", () -> now);
    return new ImageGarbage(images, () -> kubelet, disk, node, events, () -> now);
  }

  private Image pull(String name) throws Exception {
    return images.pull(PullRequest.of(name(name)), PullProgress.NONE, new Cancellation());
  }

  private String name(String name) {
    return registry.host() + "/" + name + ":1";
  }

  private List<String> names() {
    return images.list().stream().flatMap(image -> image.repoTags().stream()).sorted().toList();
  }
}
