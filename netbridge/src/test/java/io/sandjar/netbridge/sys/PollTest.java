package io.sandjar.netbridge.sys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(300)
class PollTest {
  private static final Duration LONG = Duration.ofSeconds(120);

  private final Fd silent = eventfd();
  private final Fd telling = eventfd();

  @AfterEach
  void close() {
    silent.close();
    telling.close();
  }

  @Test
  void theFileThatHasSomethingToReadIsToldFromTheOthers() throws Exception {
    Poll poll = new Poll(silent, telling);
    tell();

    assertTrue(poll.await(LONG));

    assertFalse(poll.isReady(0));
    assertTrue(poll.isReady(1));
  }

  @Test
  void theLongestBoundThereIsDoesNotEndAtOnce() throws Exception {
    Poll poll = new Poll(silent, telling);
    Thread other = new Thread(this::tell);
    other.start();

    assertTrue(poll.await(Duration.ofNanos(Long.MAX_VALUE)));

    assertTrue(poll.isReady(1));
    other.join();
  }

  @Test
  void nothingIsReadyWhenTheTimeIsUpAndWhatWasReadyBeforeIsNotAnyMore() throws Exception {
    Poll poll = new Poll(silent, telling);
    tell();
    poll.await();
    Libc.get().read(telling.number(), new byte[Long.BYTES], Long.BYTES);

    assertFalse(poll.await(Duration.ofMillis(2)));

    assertFalse(poll.isReady(1));
  }

  @Test
  void aFileThatWasLeftIsNotWaitedForAnyMore() throws Exception {
    Poll poll = new Poll(silent, telling);
    tell();
    poll.await();

    poll.leave(1);

    assertFalse(poll.isReady(1));
    assertFalse(poll.await(Duration.ofMillis(2)));
  }

  private void tell() {
    byte[] one = {1, 0, 0, 0, 0, 0, 0, 0};
    assertEquals(one.length, Libc.get().write(telling.number(), one, one.length));
  }

  private static Fd eventfd() {
    return new Fd(Libc.get().eventfd(0, 0));
  }
}
