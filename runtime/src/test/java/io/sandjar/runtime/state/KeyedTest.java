package io.sandjar.runtime.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class KeyedTest {

  @Test
  void differentKeysDoNotWaitAndTheSameKeyDoes() throws Exception {
    Keyed keyed = new Keyed();
    CountDownLatch other = new CountDownLatch(1);
    CountDownLatch same = new CountDownLatch(1);
    Thread waiting = new Thread(() -> take(keyed, "a", same));
    Thread free = new Thread(() -> take(keyed, "b", other));
    keyed.hold(
        "a",
        () -> {
          free.start();
          waiting.start();
          assertTrue(other.await(60, TimeUnit.SECONDS));
          assertEquals(1, same.getCount());
          return null;
        });
    assertTrue(same.await(60, TimeUnit.SECONDS));
    waiting.join();
    free.join();
    assertEquals(0, keyed.size());
  }

  @Test
  void idsAreFoundByAnUnambiguousPrefix() {
    IdIndex<String> index = new IdIndex<>();
    index.put("abc1", "one");
    index.put("abd2", "two");
    assertEquals(Optional.of("one"), index.find("abc"));
    assertEquals(Optional.empty(), index.find("ab"));
    assertEquals(Optional.of("two"), index.find("abd2"));
    assertEquals(Optional.empty(), index.find(""));
    assertEquals(Optional.empty(), index.find("x"));
  }

  @Test
  void aNameHasOneOwnerUntilItIsGivenBack() {
    NameIndex names = new NameIndex();
    assertEquals(Optional.empty(), names.reserve("n", "1"));
    assertEquals(Optional.empty(), names.reserve("n", "1"));
    assertEquals(Optional.of("1"), names.reserve("n", "2"));
    names.release("n", "2");
    assertEquals(Optional.of("1"), names.owner("n"));
    names.release("n", "1");
    assertEquals(Optional.empty(), names.reserve("n", "2"));
  }

  private static void take(Keyed keyed, String key, CountDownLatch done) {
    keyed.hold(
        key,
        () -> {
          done.countDown();
          return null;
        });
  }
}
