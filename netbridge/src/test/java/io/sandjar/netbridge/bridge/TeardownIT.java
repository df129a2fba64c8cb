package io.sandjar.netbridge.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sandjar.netbridge.namespace.NetworkNamespace;
import io.sandjar.netbridge.rtnl.Rtnl;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class TeardownIT {

  @Test
  void aLinkThatCannotBeDeletedNowIsTriedAgain() throws Exception {
    ArrayBlockingQueue<String> gone = new ArrayBlockingQueue<>(10);
    AtomicInteger tries = new AtomicInteger();
    ScheduledExecutorService later =
        new ScheduledThreadPoolExecutor(1) {
          @Override
          protected void afterExecute(Runnable work, Throwable failure) {
            tries.incrementAndGet();
          }
        };
    try (NetworkNamespace node = NetworkNamespace.create();
        Rtnl rtnl = Rtnl.in(node)) {
      // The kernel lets nobody delete a loopback link, by whatever name.
      rename(node, "lo", "sj0");
      Teardown teardown = new Teardown(rtnl, later, Duration.ofMillis(20), gone::add);
      teardown.await("sj0", "sandbox");
      BridgeNetworkIT.soon(() -> tries.get() >= 2);
      assertEquals(0, gone.size());
      rename(node, "sj0", "lo");
      assertEquals("sandbox", gone.poll(60, TimeUnit.SECONDS));
    } finally {
      later.shutdownNow();
    }
  }

  private static void rename(NetworkNamespace node, String from, String to) throws IOException {
    Reach.run(node, "ip", "link", "set", from, "name", to);
  }
}
