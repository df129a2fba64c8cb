package io.sandjar.runtime.image.registry;

import io.sandjar.runtime.image.Cancellation;
import io.sandjar.runtime.image.registry.Endpoint.TlsSettings;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;

/** Sends single HTTP requests, over connections that are kept and shared between pulls. */
public final class RegistryTransport {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(30);
  private static final Duration HEADERS_TIMEOUT = Duration.ofSeconds(60);
  private static final Duration STALL_LIMIT = Duration.ofSeconds(60);

  /** A client per way to trust, until its certificate files change. */
  private record ClientKey(TlsSettings settings, List<FileTime> changed) {}

  private final Executor threads;
  private final EnvironmentProxies proxies;
  private final Duration stallLimit;
  private final Map<ClientKey, HttpClient> clients = new ConcurrentHashMap<>();

  public RegistryTransport(Map<String, String> environment, Executor threads) {
    this(environment, threads, STALL_LIMIT);
  }

  /**
   * @param stallLimit how long a server may be silent amidst an answer
   */
  RegistryTransport(Map<String, String> environment, Executor threads, Duration stallLimit) {
    this.threads = threads;
    this.proxies = new EnvironmentProxies(environment);
    this.stallLimit = stallLimit;
  }

  /**
   * The answer once its headers are here; its body must be closed. Both end on cancellation, and
   * when the server falls silent.
   */
  @SuppressWarnings("try") // held for its close
  HttpResponse<InputStream> send(HttpRequest request, TlsSettings tls, Cancellation cancellation)
      throws IOException {
    cancellation.check();
    CompletableFuture<HttpResponse<InputStream>> answer =
        client(tls)
            .sendAsync(
                request,
                headers ->
                    BodySubscribers.mapping(
                        BodySubscribers.ofInputStream(),
                        body -> new WatchedBody(body, stallLimit, cancellation)));
    try (var registration = cancellation.onCancel(() -> answer.cancel(true))) {
      return answer.get();
    } catch (CancellationException e) {
      cancellation.check();
      throw new IOException("the request was cancelled", e);
    } catch (InterruptedException e) {
      answer.cancel(true);
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } catch (ExecutionException e) {
      cancellation.check();
      if (e.getCause() instanceof IOException cause) {
        throw cause;
      }
      throw new IOException(e.getCause());
    }
  }

  HttpRequest.Builder request(java.net.URI uri) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri).timeout(HEADERS_TIMEOUT).header("User-Agent", "sandjar");
    // The client keeps it from all but the proxy.
    proxies.authorization(uri).ifPresent(value -> request.header("Proxy-Authorization", value));
    return request;
  }

  private HttpClient client(TlsSettings tls) throws IOException {
    var key = new ClientKey(tls, changes(tls));
    HttpClient known = clients.get(key);
    if (known != null) {
      return known;
    }
    clients.keySet().removeIf(other -> other.settings.equals(tls));
    HttpClient made =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(CONNECT_TIMEOUT)
            .proxy(proxies)
            .executor(threads)
            .sslContext(TlsContexts.of(tls))
            .build();
    clients.put(key, made);
    return made;
  }

  private static List<FileTime> changes(TlsSettings tls) throws IOException {
    var files = new ArrayList<Path>(tls.authorities());
    tls.clients()
        .forEach(
            client -> {
              files.add(client.certificate());
              client.key().ifPresent(files::add);
            });
    var times = new ArrayList<FileTime>();
    for (Path file : files) {
      times.add(Files.getLastModifiedTime(file));
    }
    return times;
  }
}
