package io.sandjar.runtime.image.registry;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sandjar.runtime.image.Cancellation;
import io.sandjar.runtime.image.registry.Credentials.IdentityToken;
import io.sandjar.runtime.image.registry.Credentials.OfServer;
import io.sandjar.runtime.image.registry.Credentials.Password;
import io.sandjar.runtime.image.registry.Credentials.RegistryToken;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Answers registries' challenges, and remembers the answers for one pull. */
final class Authorizer {
  private static final int TOKEN_LIMIT = 1 << 20;

  private final RegistryTransport transport;
  private final Optional<Credentials> given;
  private final NodeCredentials node;
  private final String scope;
  private final Map<String, String> headers = new ConcurrentHashMap<>();

  /**
   * @param given for this pull; without them the node's own are looked up by host
   * @param scope {@code repository:library/nginx:pull}
   */
  Authorizer(
      RegistryTransport transport,
      Optional<Credentials> given,
      NodeCredentials node,
      String scope) {
    this.transport = transport;
    this.given = given;
    this.node = node;
    this.scope = scope;
  }

  /** The Authorization header that opened this server before. */
  Optional<String> header(Endpoint endpoint) {
    return Optional.ofNullable(headers.get(endpoint.host()));
  }

  /**
   * Takes a challenge up.
   *
   * @param refused the header that was sent and not good enough; a token may have expired
   * @return whether it is worth trying again
   */
  synchronized boolean answer(
      Endpoint endpoint,
      Optional<String> refused,
      List<Challenge> challenges,
      Cancellation cancellation)
      throws IOException {
    String known = headers.get(endpoint.host());
    if (known != null && !refused.equals(Optional.of(known))) {
      return true;
    }
    Optional<Credentials> credentials = credentials(endpoint);
    for (Challenge challenge : challenges) {
      Optional<String> header =
          switch (challenge.scheme()) {
            case "bearer" -> Optional.of(bearer(endpoint, challenge, credentials, cancellation));
            case "basic" -> credentials.flatMap(Authorizer::basic);
            default -> Optional.empty();
          };
      if (header.isPresent()) {
        headers.put(endpoint.host(), header.get());
        // A fresh token may help where the old one expired; the same password will not.
        return !header.equals(refused);
      }
    }
    return false;
  }

  private Optional<Credentials> credentials(Endpoint endpoint) throws IOException {
    if (given.isEmpty()) {
      return node.find(endpoint.host());
    }
    if (given.get() instanceof OfServer only) {
      return NodeCredentials.isFor(only.server(), endpoint.host())
          ? Optional.of(only.credentials())
          : node.find(endpoint.host());
    }
    return given;
  }

  private static Optional<String> basic(Credentials credentials) {
    return credentials instanceof Password password
        ? Optional.of(basicHeader(password))
        : Optional.empty();
  }

  private static String basicHeader(Password password) {
    String pair = password.username() + ':' + password.password();
    return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
  }

  private String bearer(
      Endpoint endpoint,
      Challenge challenge,
      Optional<Credentials> credentials,
      Cancellation cancellation)
      throws IOException {
    if (credentials.isPresent() && credentials.get() instanceof RegistryToken registry) {
      return "Bearer " + registry.token();
    }
    String realm = challenge.parameter("realm");
    HttpRequest request;
    try {
      request =
          credentials.isPresent() && credentials.get() instanceof IdentityToken identity
              ? refresh(URI.create(realm), challenge, identity)
              : ask(realm, challenge, credentials);
    } catch (IllegalArgumentException e) {
      throw new IOException(endpoint + " names the bad token service \"" + realm + '"', e);
    }
    HttpResponse<InputStream> response = transport.send(request, endpoint.tls(), cancellation);
    if (response.statusCode() != 200) {
      throw RegistryException.of(response);
    }
    try (InputStream body = response.body()) {
      Map<String, Object> answer = JSON.std.mapFrom(body.readNBytes(TOKEN_LIMIT));
      Object token = answer.get("token") == null ? answer.get("access_token") : answer.get("token");
      if (token instanceof String text && !text.isEmpty()) {
        return "Bearer " + text;
      }
    }
    throw new IOException("the token service " + realm + " gave no token");
  }

  /** The distribution spec's token request. */
  private HttpRequest ask(String realm, Challenge challenge, Optional<Credentials> credentials) {
    var query = new LinkedHashMap<String, String>();
    query.put("service", challenge.parameter("service"));
    query.put("scope", scopeOf(challenge));
    URI uri = URI.create(realm + (realm.contains("?") ? "&" : "?") + form(query));
    HttpRequest.Builder request = transport.request(uri).GET();
    if (credentials.isPresent() && credentials.get() instanceof Password password) {
      request.header("Authorization", basicHeader(password));
    }
    return request.build();
  }

  /** OAuth 2: an identity token is a refresh token. */
  private HttpRequest refresh(URI realm, Challenge challenge, IdentityToken identity) {
    var form = new LinkedHashMap<String, String>();
    form.put("grant_type", "refresh_token");
    form.put("service", challenge.parameter("service"));
    form.put("client_id", "sandjar");
    form.put("scope", scopeOf(challenge));
    form.put("refresh_token", identity.token());
    return transport
        .request(realm)
        .header("Content-Type", "application/x-www-form-urlencoded")
        .POST(HttpRequest.BodyPublishers.ofString(form(form)))
        .build();
  }

  private String scopeOf(Challenge challenge) {
    String asked = challenge.parameter("scope");
    return asked.isEmpty() ? scope : asked;
  }

  private static String form(Map<String, String> fields) {
    var form = new StringBuilder();
    fields.forEach(
        (name, value) -> {
          if (!value.isEmpty()) {
            form.append(form.isEmpty() ? "" : "&")
                .append(name)
                .append('=')
                .append(URLEncoder.encode(value, StandardCharsets.UTF_8));
          }
        });
    return form.toString();
  }
}
