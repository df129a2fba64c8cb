package io.sandjar.runtime.image.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.EngineException.Kind;
import io.sandjar.runtime.image.Cancellation;
import io.sandjar.runtime.image.reference.ImageReference;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Servers that begin an answer and then say nothing more. */
class SilentServerTest {
  private static final Duration SHORT = Duration.ofMillis(200);
  private static final Duration LONG = Duration.ofMinutes(10);
  private static final String MANIFEST = "/v2/image/manifests/v1";

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final CountDownLatch silent = new CountDownLatch(1);
  private final CountDownLatch over = new CountDownLatch(1);
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.start();
  }

  @AfterEach
  void stop() {
    over.countDown();
    server.stop(0);
    threads.shutdownNow();
  }

  private String host() {
    return "127.0.0.1:" + server.getAddress().getPort();
  }

  /** Sends the beginning of an answer. */
  private void fallSilent(HttpExchange exchange, int status) throws IOException {
    exchange.sendResponseHeaders(status, 1000);
    exchange.getResponseBody().write("{\"".getBytes());
    exchange.getResponseBody().flush();
    silent.countDown();
    try {
      over.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    exchange.close();
  }

  private void inTheManifest() {
    server.createContext(MANIFEST, exchange -> fallSilent(exchange, 200));
  }

  private void inARefusal() {
    server.createContext(MANIFEST, exchange -> fallSilent(exchange, 404));
  }

  private void inTheToken() {
    server.createContext(
        MANIFEST,
        exchange -> {
          exchange
              .getResponseHeaders()
              .set("WWW-Authenticate", "Bearer realm=\"http://" + host() + "/token\"");
          exchange.sendResponseHeaders(401, -1);
          exchange.close();
        });
    server.createContext("/token", exchange -> fallSilent(exchange, 200));
  }

  private EngineException resolve(Duration stallLimit, Cancellation cancellation) {
    var client =
        new RegistryClient(
            new RegistryTransport(Map.of(), threads, stallLimit),
            new RegistryHosts(List.of()),
            new NodeCredentials(Path.of("/nonexistent"), Map.of()));
    return assertThrows(
        EngineException.class,
        () ->
            client
                .open(ImageReference.parse(host() + "/image:v1"), Optional.empty(), cancellation)
                .resolve());
  }

  private void assertGivenUp() {
    EngineException failure = resolve(SHORT, new Cancellation());
    assertEquals(Kind.UNAVAILABLE, failure.kind(), failure.getMessage());
    assertTrue(failure.getMessage().contains("sent nothing"), failure.getMessage());
  }

  private void assertCancelled() throws Exception {
    var cancellation = new Cancellation();
    var resolving = CompletableFuture.supplyAsync(() -> resolve(LONG, cancellation), threads);
    assertTrue(silent.await(60, TimeUnit.SECONDS));
    cancellation.cancel(Kind.CANCELLED, "nobody waits");
    try {
      assertEquals("nobody waits", resolving.get(60, TimeUnit.SECONDS).getMessage());
    } catch (ExecutionException e) {
      throw new AssertionError(e.getCause());
    }
  }

  @Test
  void aManifestThatNeverEndsIsGivenUp() {
    inTheManifest();
    assertGivenUp();
  }

  @Test
  void aTokenThatNeverEndsIsGivenUp() {
    inTheToken();
    assertGivenUp();
  }

  @Test
  void aRefusalCountsWithoutItsText() {
    inARefusal();
    EngineException failure = resolve(SHORT, new Cancellation());
    // On a busy machine the status itself may come too late.
    for (int times = 2; failure.kind() == Kind.UNAVAILABLE && times < 300; times *= 2) {
      failure = resolve(SHORT.multipliedBy(times), new Cancellation());
    }
    assertEquals(Kind.NOT_FOUND, failure.kind(), failure.getMessage());
  }

  @Test
  void aCallerMayLeaveAmidstAManifest() throws Exception {
    inTheManifest();
    assertCancelled();
  }

  @Test
  void aCallerMayLeaveAmidstAToken() throws Exception {
    inTheToken();
    assertCancelled();
  }

  @Test
  void aCallerMayLeaveAmidstARefusal() throws Exception {
    inARefusal();
    assertCancelled();
  }
}
