package io.sandjar.runtime.container;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.Libc;
import io.sandjar.runtime.linux.Epoll;
import io.sandjar.runtime.linux.Pipe;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(300)
class CapturedOutputTest {
  private static final byte[] CHUNK = new byte[4096];

  private Epoll epoll;
  private Pipe pipe;

  @BeforeEach
  void open() throws Exception {
    epoll = Epoll.start("test-output");
    pipe = Pipe.open();
  }

  @AfterEach
  void close() {
    pipe.writeEnd().close();
    epoll.close();
  }

  @Test
  void aFloodInSmallPiecesIsReadToItsEnd() throws Exception {
    OutputBudget budget = new OutputBudget(1L << 30);
    try (CapturedOutput output = new CapturedOutput(epoll, pipe.readEnd(), budget)) {
      for (int i = 0; i < 50_000; i++) {
        write(pipe.writeEnd(), CHUNK);
      }
      output.commandEnded();
      assertEquals(CapturedOutput.MAX_BYTES, output.bytes().length);
    }
  }

  @Test
  void whatIsReadWhileTheOutputIsClosedTakesNothingOfTheBudget() throws Exception {
    long whole = 1L << 30;
    OutputBudget budget = new OutputBudget(whole);
    for (int i = 0; i < 500; i++) {
      Pipe flooded = Pipe.open();
      try (Fd writer = flooded.writeEnd()) {
        for (int j = 0; j < 8; j++) {
          write(writer, CHUNK);
        }
        new CapturedOutput(epoll, flooded.readEnd(), budget).close();
      }
    }
    var idle = new java.util.concurrent.CompletableFuture<Void>();
    epoll.execute(() -> idle.complete(null));
    idle.get();
    assertTrue(budget.take(whole));
  }

  @Test
  void whoeverWritesOnAfterTheCommandsEndIsNotWaitedFor() throws Exception {
    AtomicBoolean enough = new AtomicBoolean();
    Thread orphan =
        new Thread(
            () -> {
              while (!enough.get()) {
                Libc.get().write(pipe.writeEnd().number(), CHUNK, CHUNK.length);
              }
            });
    OutputBudget budget = new OutputBudget(1L << 30);
    // The writer must not meet a pipe that nobody reads any more.
    try (Fd reader = Pipe.duplicate(pipe.readEnd());
        CapturedOutput output = new CapturedOutput(epoll, pipe.readEnd(), budget)) {
      orphan.start();
      output.commandEnded();
      enough.set(true);
      Pipe.makeNonBlocking(pipe.writeEnd());
      while (orphan.isAlive()) {
        Libc.get().read(reader.number(), new byte[CHUNK.length], CHUNK.length);
      }
      orphan.join();
    }
  }

  @Test
  void anOutputIsCutAtItsEndAndHasNoHoles() throws Exception {
    OutputBudget budget = new OutputBudget(10);
    budget.take(6);
    try (CapturedOutput output = new CapturedOutput(epoll, pipe.readEnd(), budget)) {
      write(pipe.writeEnd(), "abc".getBytes(StandardCharsets.US_ASCII));
      awaitDrained();
      write(pipe.writeEnd(), "defg".getBytes(StandardCharsets.US_ASCII));
      awaitDrained();
      budget.giveBack(6);
      write(pipe.writeEnd(), "h".getBytes(StandardCharsets.US_ASCII));
      pipe.writeEnd().close();
      output.commandEnded();
      assertArrayEquals("abc".getBytes(StandardCharsets.US_ASCII), output.bytes());
    }
    assertEquals(true, budget.take(10));
  }

  @Test
  void outputsThatCannotBeReadLeaveNoDescriptors() throws Exception {
    CommandOutput.open(epoll, new OutputBudget(1)).close();
    Epoll full = Epoll.start("test-full");
    full.close();
    long before = pipes();
    assertThrows(RuntimeException.class, () -> CommandOutput.open(full, new OutputBudget(1)));
    // What other tests left may be closed meanwhile.
    assertTrue(pipes() <= before);
  }

  private static long pipes() throws IOException {
    try (var open = Files.list(Path.of("/proc/self/fd"))) {
      return open.filter(CapturedOutputTest::isPipe).count();
    }
  }

  private static boolean isPipe(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString().startsWith("pipe:");
    } catch (IOException closedMeanwhile) {
      return false;
    }
  }

  private void awaitDrained() throws Exception {
    while (Pipe.waiting(pipe.writeEnd()) > 0) {
      Thread.sleep(1);
    }
    // What has left the pipe is kept when the loop comes to this.
    var kept = new java.util.concurrent.CompletableFuture<Void>();
    epoll.execute(() -> kept.complete(null));
    kept.get();
  }

  private static void write(Fd end, byte[] bytes) {
    assertEquals(bytes.length, Libc.get().write(end.number(), bytes, bytes.length));
  }
}
