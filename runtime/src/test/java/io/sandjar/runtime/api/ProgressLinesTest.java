package io.sandjar.runtime.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.image.PullProgress.Stage;
import io.sandjar.runtime.image.reference.Digest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ProgressLinesTest {
  private final Digest blob = Digest.sha256(new byte[] {1});
  private final Digest other = Digest.sha256(new byte[] {2});

  /** A client that has stopped reading. */
  private static final class StoppedClient extends OutputStream {
    private final CountDownLatch reads = new CountDownLatch(1);
    private final ByteArrayOutputStream got = new ByteArrayOutputStream();

    @Override
    public void write(int octet) throws IOException {
      write(new byte[] {(byte) octet}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      try {
        reads.await();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      got.write(bytes, from, length);
    }
  }

  @Test
  void aClientThatDoesNotReadKeepsNobodyWaiting() throws Exception {
    var client = new StoppedClient();
    var lines = new ProgressLines(client);
    var work =
        CompletableFuture.runAsync(
            () -> {
              for (Stage stage : Stage.values()) {
                lines.advanced(blob, stage, 0, 10);
                lines.advanced(other, stage, 0, 10);
              }
              lines.failed(new EngineException(EngineException.Kind.NOT_FOUND, "it is not there"));
            });
    work.get(60, TimeUnit.SECONDS);
    client.reads.countDown();
    lines.close();
    List<String> got = client.got.toString(StandardCharsets.UTF_8).lines().toList();
    assertEquals(2 * Stage.values().length + 1, got.size(), got.toString());
    assertTrue(got.get(got.size() - 1).contains("\"kind\":\"NOT_FOUND\""), got.toString());
    assertTrue(got.get(got.size() - 2).contains("EXISTS"), got.toString());
  }
}
