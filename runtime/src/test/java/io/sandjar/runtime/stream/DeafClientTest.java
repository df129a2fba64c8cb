package io.sandjar.runtime.stream;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelOutputShutdownEvent;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Clients that take nothing any more do not keep their connections. */
class DeafClientTest {

  @Test
  void theConnectionOfAClientThatTakesNothingIsClosedAfterAWhile() {
    var channel = new EmbeddedChannel(new DeafClient());
    channel.freezeTime();
    channel.pipeline().fireUserEventTriggered("something else");
    channel.pipeline().fireUserEventTriggered(ChannelOutputShutdownEvent.INSTANCE);
    channel.advanceTimeBy(DeafClient.SECONDS - 1, TimeUnit.SECONDS);
    channel.runScheduledPendingTasks();
    assertTrue(channel.isOpen());

    channel.advanceTimeBy(1, TimeUnit.SECONDS);
    channel.runScheduledPendingTasks();
    assertFalse(channel.isOpen());
  }
}
