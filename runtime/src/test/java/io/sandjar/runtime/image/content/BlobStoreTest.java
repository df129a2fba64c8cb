package io.sandjar.runtime.image.content;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.runtime.EngineException.Kind;
import io.sandjar.runtime.image.Cancellation;
import io.sandjar.runtime.image.reference.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What happens to a blob that several want to write. */
class BlobStoreTest {
  private static final byte[] CONTENT = "what both of them bring".getBytes(StandardCharsets.UTF_8);
  private static final Digest DIGEST = Digest.sha256(CONTENT);

  @TempDir private Path folder;
  private BlobStore blobs;

  @BeforeEach
  void open() throws IOException {
    blobs = new BlobStore(folder.resolve("blobs"), new Staging(folder.resolve("ingest")));
  }

  private Ingest begin() throws IOException {
    return blobs.ingest(DIGEST, CONTENT.length, new Cancellation()).orElseThrow();
  }

  @Test
  void aDocumentIsStoredWhileADownloadIsAtIt() throws Exception {
    try (Ingest download = begin()) {
      download.append(CONTENT, 0, 5);
      blobs.put(DIGEST, CONTENT);
      assertArrayEquals(CONTENT, blobs.read(DIGEST));
      download.append(CONTENT, 5, CONTENT.length - 5);
      download.commit();
    }
    assertArrayEquals(CONTENT, blobs.read(DIGEST));
    try (var left = Files.list(folder.resolve("ingest"))) {
      assertEquals(0, left.count());
    }
  }

  /** Somebody else who wants the blob, and waits for it. */
  private void waiter(Cancellation cancellation, CompletableFuture<Optional<Ingest>> outcome)
      throws InterruptedException {
    var waiter =
        new Thread(
            () -> {
              try {
                outcome.complete(blobs.ingest(DIGEST, CONTENT.length, cancellation));
              } catch (IOException | RuntimeException e) {
                outcome.completeExceptionally(e);
              }
            });
    waiter.start();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (waiter.getState() != Thread.State.WAITING) {
      assertTrue(!outcome.isDone() && System.nanoTime() < end, "it does not wait");
      Thread.sleep(1);
    }
  }

  @Test
  void aSecondDownloadWaitsAndFindsWhatTheFirstBrought() throws Exception {
    var second = new CompletableFuture<Optional<Ingest>>();
    try (Ingest first = begin()) {
      waiter(new Cancellation(), second);
      first.append(CONTENT, 0, CONTENT.length);
      first.commit();
    }
    assertEquals(Optional.empty(), second.get(60, TimeUnit.SECONDS));
  }

  @Test
  void whoWaitsForADownloadMayLeave() throws Exception {
    try (Ingest first = begin()) {
      var cancellation = new Cancellation();
      var second = new CompletableFuture<Optional<Ingest>>();
      waiter(cancellation, second);
      cancellation.cancel(Kind.CANCELLED, "gone");
      var failure = assertThrows(ExecutionException.class, () -> second.get(60, TimeUnit.SECONDS));
      assertEquals("gone", failure.getCause().getMessage());
      first.append(CONTENT, 0, 5);
    }
    // What was written is taken up by the next.
    try (Ingest next = begin()) {
      assertEquals(5, next.length());
    }
  }

  @Test
  void whoFollowsIsToldOfAWrongDigestBeforeTheFileIsGone() throws Exception {
    byte[] other = new byte[CONTENT.length];
    try (Ingest download = begin()) {
      download.append(other, 0, other.length);
      assertThrows(WrongDigestException.class, download::commit);
      var refusal = assertThrows(BadContentException.class, download::follow);
      assertTrue(refusal.getMessage().contains("does not match"), refusal.getMessage());
    }
  }

  @Test
  void whatIsNotItsDigestIsRefusedAndGone() throws Exception {
    byte[] other = CONTENT.clone();
    other[0] ^= 1;
    assertThrows(WrongDigestException.class, () -> blobs.put(DIGEST, other));
    try (Ingest download = begin()) {
      download.append(other, 0, other.length);
      assertThrows(WrongDigestException.class, download::commit);
    }
    assertTrue(blobs.list().isEmpty());
    try (Ingest next = begin()) {
      assertEquals(0, next.length());
    }
  }

  @Test
  void aStartLeavesDownloadsAndNothingElse() throws Exception {
    try (Ingest download = begin()) {
      download.append(CONTENT, 0, 5);
    }
    Path layer = Files.createDirectory(folder.resolve("ingest").resolve("half a layer"));
    Files.writeString(layer.resolve("file"), "x");
    open();
    assertTrue(Files.notExists(layer));
    try (Ingest next = begin()) {
      assertEquals(5, next.length());
    }
  }
}
