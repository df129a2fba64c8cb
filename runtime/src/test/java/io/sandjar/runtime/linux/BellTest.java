package io.sandjar.runtime.linux;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.netbridge.sys.Poll;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(300)
class BellTest {
  private Bell bell;

  @BeforeEach
  void open() throws Exception {
    bell = Bell.open();
  }

  @AfterEach
  void close() {
    bell.close();
  }

  @Test
  void aRingFromAnotherThreadEndsAWaitThatHasNoBound() throws Exception {
    Poll poll = new Poll(bell.fd());
    Thread other = new Thread(bell::ring);
    other.start();
    bell.during(poll::await);
    assertTrue(poll.isReady(0));
    other.join();
  }

  @Test
  void anInterruptEndsAWaitThatHasNoBound() throws Exception {
    Poll poll = new Poll(bell.fd());
    Thread waiting = Thread.currentThread();
    Thread other =
        new Thread(
            () -> {
              // In the wait, where Java by itself tells nobody of an interrupt.
              while (!isWaiting(waiting)) {
                Thread.onSpinWait();
              }
              waiting.interrupt();
            });
    other.start();
    assertThrows(InterruptedException.class, () -> bell.during(poll::await));
    assertFalse(Thread.interrupted(), "who threw it has taken it");
    other.join();
  }

  private static boolean isWaiting(Thread thread) {
    for (StackTraceElement frame : thread.getStackTrace()) {
      if (frame.getClassName().equals(Poll.class.getName())) {
        return true;
      }
    }
    return false;
  }

  @Test
  void anInterruptFromBeforeEndsTheWaitToo() {
    Poll poll = new Poll(bell.fd());
    Thread.currentThread().interrupt();
    assertThrows(InterruptedException.class, () -> bell.during(poll::await));
  }

  @Test
  void whatWasHeardMayBeRungAgain() throws Exception {
    Poll poll = new Poll(bell.fd());
    bell.ring();
    bell.ring();
    assertTrue(poll.await(Duration.ofSeconds(60)));
    bell.hush();
    assertFalse(poll.await(Duration.ofMillis(1)));
    bell.ring();
    assertTrue(poll.await(Duration.ofSeconds(60)));
  }

  @Test
  void aClosedOneIsNotRung() {
    bell.close();
    bell.ring();
  }
}
