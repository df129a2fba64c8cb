package io.sandjar.runtime.container;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.runtime.state.DiskSync;
import io.sandjar.runtime.state.Failpoints;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who waits for an end is told by what is on record, whether or not a monitor is reached. */
class ContainerStoreTest {
  private static final ContainerEnd END =
      new ContainerEnd(Optional.empty(), Instant.EPOCH, 0, ContainerEnd.COMPLETED, "");

  @TempDir Path folder;
  private DiskSync disk;
  private ContainerStore store;

  @BeforeEach
  void open() {
    disk = new DiskSync(Runnable::run);
    store =
        new ContainerStore(folder.resolve("root"), folder.resolve("state"), disk, Failpoints.OFF);
  }

  @AfterEach
  void close() throws Exception {
    disk.close();
  }

  @Test
  void anEndOnRecordIsToldToAllWhoWaitByAnIdOrItsPrefix() throws Exception {
    Container running = save("abc", ContainerPhase.RUNNING);
    List<CompletableFuture<Void>> waiting =
        List.of(store.ended("abc"), store.ended("abc"), store.ended("ab"));
    Container other = save("xyz", ContainerPhase.RUNNING);
    CompletableFuture<Void> others = store.ended("xyz");
    assertEquals(List.of(), waiting.stream().filter(CompletableFuture::isDone).toList());
    store.saveEnd(running.ended(END));
    assertTrue(waiting.stream().allMatch(CompletableFuture::isDone));
    assertTrue(store.ended("abc").isDone());
    assertFalse(others.isDone());
    // As where it is started while someone removes it.
    store.save(other.with(other.life().in(ContainerPhase.REMOVING)));
    assertTrue(others.isDone());
  }

  @Test
  void nobodyWaitsForOneThatWasNotStarted() throws Exception {
    Container waits = save("abc", ContainerPhase.CREATED);
    assertTrue(store.ended("abc").isDone());
    assertTrue(store.ended("none").isDone());
    store.save(waits.with(waits.life().starting(Instant.EPOCH)));
    CompletableFuture<Void> end = store.ended("abc");
    store.save(waits.with(waits.life().in(ContainerPhase.RUNNING)));
    assertFalse(end.isDone());
  }

  @Test
  void whoeverGivesUpWaitingEndsNobodyElsesWait() throws Exception {
    save("abc", ContainerPhase.RUNNING);
    store.ended("abc").cancel(false);
    assertFalse(store.ended("abc").isDone());
  }

  private Container save(String id, ContainerPhase phase) throws Exception {
    ContainerRecord record =
        new ContainerRecord(
            id,
            "s",
            null,
            null,
            Instant.EPOCH,
            "/p",
            "",
            "",
            null,
            List.of(),
            "",
            15,
            "",
            List.of());
    ContainerLife life = new ContainerLife(phase, "b", Optional.empty(), Optional.empty());
    return store.save(new Container(record, life, Optional.empty()));
  }
}
