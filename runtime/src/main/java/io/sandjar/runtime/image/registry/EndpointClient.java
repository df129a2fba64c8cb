package io.sandjar.runtime.image.registry;

import io.sandjar.runtime.image.Cancellation;
import io.sandjar.runtime.image.registry.Endpoint.TlsSettings;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLException;

/** Gets resources from one server: with authentication, redirects, and retries where they help. */
final class EndpointClient {
  private static final int ATTEMPTS = 4;
  private static final int REDIRECTS = 10;
  private static final Duration FIRST_PAUSE = Duration.ofMillis(250);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(20);

  /** Statuses that another try may change. */
  private static final Set<Integer> PASSING = Set.of(408, 429, 500, 502, 503, 504);

  private final RegistryTransport transport;
  private final Endpoint endpoint;
  private final Authorizer authorizer;
  private final Cancellation cancellation;

  EndpointClient(
      RegistryTransport transport,
      Endpoint endpoint,
      Authorizer authorizer,
      Cancellation cancellation) {
    this.transport = transport;
    this.endpoint = endpoint;
    this.authorizer = authorizer;
    this.cancellation = cancellation;
  }

  Endpoint endpoint() {
    return endpoint;
  }

  /** The answer with a 2xx status; anything else is thrown. */
  HttpResponse<InputStream> get(URI uri, Map<String, String> headers) throws IOException {
    Duration pause = FIRST_PAUSE;
    for (int attempt = 1; ; attempt++) {
      try {
        HttpResponse<InputStream> response = authorized(uri, headers);
        if (response.statusCode() / 100 == 2) {
          return response;
        }
        Duration asked = retryAfter(response);
        RegistryException refusal = RegistryException.of(response);
        if (!PASSING.contains(refusal.status()) || attempt == ATTEMPTS) {
          throw refusal;
        }
        pause = asked.compareTo(pause) > 0 ? asked : pause;
      } catch (ConnectException | SSLException e) {
        // Nobody listens, or we do not trust him: that does not change within seconds.
        throw e;
      } catch (RegistryException e) {
        throw e;
      } catch (IOException e) {
        if (attempt == ATTEMPTS) {
          throw e;
        }
      }
      cancellation.sleep(pause);
      pause = longer(pause);
    }
  }

  static Duration longer(Duration pause) {
    Duration twice = pause.multipliedBy(2);
    return twice.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : twice;
  }

  private static Duration retryAfter(HttpResponse<?> response) {
    String seconds = response.headers().firstValue("Retry-After").orElse("");
    return seconds.matches("[0-9]{1,4}")
        ? Duration.ofSeconds(Math.min(Long.parseLong(seconds), LONGEST_PAUSE.toSeconds()))
        : Duration.ZERO;
  }

  private HttpResponse<InputStream> authorized(URI uri, Map<String, String> headers)
      throws IOException {
    // Twice: the header that opened the server for one blob may have expired for the next.
    for (int attempt = 0; ; attempt++) {
      Optional<String> authorization = authorizer.header(endpoint);
      HttpResponse<InputStream> response = redirected(uri, headers, authorization);
      // Only the registry itself is answered: storage it redirects to could ask for its password.
      if (response.statusCode() != 401 || attempt == 2 || !isOwn(response.uri())) {
        return response;
      }
      var challenges = Challenge.parse(response.headers().allValues("WWW-Authenticate"));
      if (!authorizer.answer(endpoint, authorization, challenges, cancellation)) {
        return response;
      }
      response.body().close();
    }
  }

  private HttpResponse<InputStream> redirected(
      URI uri, Map<String, String> headers, Optional<String> authorization) throws IOException {
    URI at = uri;
    for (int hop = 0; hop <= REDIRECTS; hop++) {
      HttpRequest.Builder request = transport.request(at).GET();
      headers.forEach(request::setHeader);
      // Registries redirect to storage elsewhere, which must not learn what opens the registry.
      boolean own = isOwn(at);
      if (own) {
        endpoint.headers().forEach((name, values) -> values.forEach(v -> request.header(name, v)));
        authorization.ifPresent(value -> request.setHeader("Authorization", value));
      }
      HttpResponse<InputStream> response =
          transport.send(request.build(), own ? endpoint.tls() : elsewhere(), cancellation);
      Optional<String> location = response.headers().firstValue("Location");
      if (response.statusCode() / 100 != 3 || location.isEmpty()) {
        return response;
      }
      response.body().close();
      at = target(at, location.get());
    }
    throw new IOException("GET " + uri + " was redirected more than " + REDIRECTS + " times");
  }

  /** The registry's own server; in clear only where it was asked in clear. */
  private boolean isOwn(URI uri) {
    return endpoint.host().equals(uri.getAuthority())
        && (uri.getScheme().equals("https") || uri.getScheme().equals(endpoint.base().getScheme()));
  }

  /** Storage behind a registry is verified against the same authorities. */
  private TlsSettings elsewhere() {
    return new TlsSettings(
        endpoint.tls().skipVerify(), endpoint.tls().authorities(), java.util.List.of());
  }

  private static URI target(URI from, String location) throws IOException {
    try {
      URI to = from.resolve(location);
      if (to.getAuthority() != null
          && (to.getScheme().equals("https") || to.getScheme().equals("http"))) {
        return to;
      }
    } catch (IllegalArgumentException e) {
      // Said below.
    }
    throw new IOException("GET " + from + " was redirected to the bad address " + location);
  }
}
