package io.sandjar.runtime.container;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.Libc;
import io.sandjar.netbridge.sys.Poll;
import io.sandjar.runtime.linux.Pipe;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(300)
class CapturedOutputTest {
  private static final byte[] CHUNK = new byte[4096];

  private final OutputBudget budget = new OutputBudget(1L << 30);
  private Pipe pipe;

  @BeforeEach
  void open() throws Exception {
    pipe = Pipe.open();
  }

  @AfterEach
  void close() {
    pipe.close();
  }

  @Test
  void aFloodInSmallPiecesIsReadToItsEnd() throws Exception {
    CompletableFuture<Void> flood =
        CompletableFuture.runAsync(
            () -> {
              try {
                for (int i = 0; i < 50_000; i++) {
                  write(CHUNK);
                }
              } finally {
                pipe.writeEnd().close();
              }
            });
    try (CapturedOutput output = new CapturedOutput(pipe.readEnd(), budget)) {
      Poll poll = new Poll(pipe.readEnd());
      do {
        poll.await();
      } while (output.read());
      assertEquals(CapturedOutput.MAX_BYTES, output.bytes().length);
    }
    flood.get();
  }

  @Test
  void whoeverWritesOnAfterTheCommandsEndIsNotWaitedFor() throws Exception {
    AtomicBoolean enough = new AtomicBoolean();
    // The writer must not meet a pipe that nobody reads any more.
    try (Fd reader = Pipe.duplicate(pipe.readEnd());
        CapturedOutput output = new CapturedOutput(pipe.readEnd(), budget)) {
      CompletableFuture<Void> orphan =
          CompletableFuture.runAsync(
              () -> {
                while (!enough.get()) {
                  write(CHUNK);
                }
              });
      assertTrue(new Poll(reader).await(Duration.ofSeconds(60)));
      output.readRest();
      enough.set(true);
      while (!orphan.isDone()) {
        Libc.get().read(reader.number(), new byte[CHUNK.length], CHUNK.length);
      }
      orphan.get();
      assertTrue(output.bytes().length > 0);
    }
  }

  @Test
  void aPipeThatItsWriterEmptiesIsNotWaitedFor() throws Exception {
    try (CapturedOutput output = new CapturedOutput(pipe.readEnd(), budget)) {
      assertTrue(output.read());
      output.readRest();
      pipe.writeEnd().close();
      assertFalse(output.read());
    }
  }

  @Test
  void anOutputIsCutAtItsEndAndHasNoHoles() throws Exception {
    OutputBudget small = new OutputBudget(10);
    small.take(6);
    try (CapturedOutput output = new CapturedOutput(pipe.readEnd(), small)) {
      write(text("abc"));
      output.read();
      write(text("defg"));
      output.read();
      small.giveBack(6);
      write(text("h"));
      output.readRest();
      assertArrayEquals(text("abc"), output.bytes());
    }
    assertTrue(small.take(10));
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private void write(byte[] bytes) {
    assertEquals(bytes.length, Libc.get().write(pipe.writeEnd().number(), bytes, bytes.length));
  }
}
