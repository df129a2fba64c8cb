package io.sandjar.runtime.stream;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.Test;

class BrakeTest {
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final Brake brake = Brake.of(channel);

  @Test
  void aConnectionIsReadOnWhenTheLastReasonIsGone() {
    assertSame(brake, Brake.of(channel));
    brake.hold();
    brake.hold();
    brake.release();
    assertFalse(channel.config().isAutoRead());
    brake.release();
    assertTrue(channel.config().isAutoRead());
  }

  @Test
  void whatIsDroppedAnywayIsReadWhateverReasonThereIs() {
    brake.hold();
    brake.takeOff();
    assertTrue(channel.config().isAutoRead());
    brake.release();
    brake.hold();
    assertTrue(channel.config().isAutoRead());
  }
}
