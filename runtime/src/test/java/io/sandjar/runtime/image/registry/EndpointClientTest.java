package io.sandjar.runtime.image.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.sun.net.httpserver.HttpServer;
import io.sandjar.runtime.image.Cancellation;
import io.sandjar.runtime.image.registry.Credentials.Password;
import io.sandjar.runtime.image.registry.Endpoint.TlsSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EndpointClientTest {
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<String> seen = Collections.synchronizedList(new ArrayList<>());
  private HttpServer registry;
  private HttpServer storage;

  @BeforeEach
  void start() throws IOException {
    registry = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    storage = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    registry.start();
    storage.start();
  }

  @AfterEach
  void stop() {
    registry.stop(0);
    storage.stop(0);
    threads.shutdownNow();
  }

  @Test
  void storageThatAsksForThePasswordDoesNotGetIt() {
    registry.createContext(
        "/v2/blob",
        exchange -> {
          exchange.getResponseHeaders().set("Location", url(storage) + "/blob");
          exchange.sendResponseHeaders(307, -1);
          exchange.close();
        });
    storage.createContext(
        "/",
        exchange -> {
          seen.add(
              exchange.getRequestURI().getPath()
                  + " "
                  + exchange.getRequestHeaders().getFirst("Authorization"));
          exchange
              .getResponseHeaders()
              .set("WWW-Authenticate", "Bearer realm=\"" + url(storage) + "/token\"");
          exchange.sendResponseHeaders(401, -1);
          exchange.close();
        });
    var transport = new RegistryTransport(Map.of(), threads);
    var endpoint =
        new Endpoint(
            URI.create(url(registry) + "/v2"),
            Set.of(Endpoint.Capability.PULL),
            TlsSettings.DEFAULT,
            Map.of());
    var authorizer =
        new Authorizer(
            transport,
            Optional.of(new Password("user", "secret")),
            new NodeCredentials(Path.of("/nonexistent"), Map.of()),
            "repository:x:pull");
    var client = new EndpointClient(transport, endpoint, authorizer, new Cancellation());
    var refusal =
        assertThrows(
            RegistryException.class,
            () -> client.get(URI.create(url(registry) + "/v2/blob"), Map.of()));
    assertEquals(401, refusal.status());
    assertEquals(List.of("/blob null"), seen);
  }

  private static String url(HttpServer server) {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }
}
