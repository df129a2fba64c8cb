package io.sandjar.runtime.sandbox;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(300)
class MeanwhileTest {
  private final Executor threads = task -> new Thread(task).start();
  private final List<String> ended = new ArrayList<>();

  @Test
  void theResultIsThereForWhoeverWaitsAndEndsWithTheBlock() throws Exception {
    try (var work = Meanwhile.begin(threads, () -> "made", ended::add)) {
      assertEquals("made", work.get());
      assertEquals(List.of(), ended);
    }
    assertEquals(List.of("made"), ended);
  }

  @Test
  void whatTheWorkThrowsIsThrownToWhoeverWaits() {
    var failure = new IOException("no room");
    try (var work = failing(failure)) {
      assertSame(failure, assertThrows(IOException.class, work::get));
    }
    assertEquals(List.of(), ended);
  }

  @Test
  void aBlockThatFailsWaitsForTheWorkAndEndsItsResult() {
    var go = new CountDownLatch(1);
    assertThrows(
        IllegalStateException.class,
        () -> {
          try (var work =
              Meanwhile.begin(
                  threads,
                  () -> {
                    awaitQuietly(go);
                    return "made";
                  },
                  ended::add)) {
            assertFalse(ended.contains("made"), () -> "too early: " + work);
            threads.execute(go::countDown);
            throw new IllegalStateException("another step failed");
          }
        });
    assertEquals(List.of("made"), ended);
  }

  @Test
  void whereBothFailNeitherFailureIsLost() {
    var failure = new IOException("no room");
    var other = new IOException("another step failed");
    try (var work = failing(failure)) {
      work.addFailureTo(other);
      work.addFailureTo(other);
    }
    assertArrayEquals(new Throwable[] {failure}, other.getSuppressed());
  }

  @Test
  void aFailureThatIsOnItsWayIsNotAddedToItself() {
    var failure = new IOException("no room");
    try (var work = failing(failure)) {
      assertThrows(IOException.class, work::get);
      work.addFailureTo(failure);
    }
    assertArrayEquals(new Throwable[0], failure.getSuppressed());
  }

  @Test
  void workThatIsDoneAddsNothing() {
    var other = new IOException("another step failed");
    try (var work = Meanwhile.begin(threads, () -> "made", ended::add)) {
      work.addFailureTo(other);
    }
    assertArrayEquals(new Throwable[0], other.getSuppressed());
  }

  private Meanwhile<String> failing(IOException failure) {
    return Meanwhile.begin(
        threads,
        () -> {
          throw failure;
        },
        ended::add);
  }

  @Test
  void workThatNobodyTakesOnFailsAtOnce() {
    Executor full =
        task -> {
          throw new RejectedExecutionException("ending");
        };
    assertThrows(
        RejectedExecutionException.class, () -> Meanwhile.begin(full, () -> "made", ended::add));
  }

  private static void awaitQuietly(CountDownLatch latch) throws IOException {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }
}
