package io.sandjar.runtime.api;

import com.fasterxml.jackson.jr.ob.JSON;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One HTTP request: its head, its parameters, and its body as it arrives. */
public final class Request {
  private final HttpRequest head;
  private final RequestBody body;
  private final String rawPath;
  private final Map<String, List<String>> query;
  private final Map<String, String> params;

  Request(HttpRequest head, RequestBody body) {
    this(head, body, new QueryStringDecoder(head.uri()));
  }

  private Request(HttpRequest head, RequestBody body, QueryStringDecoder uri) {
    this(head, body, uri.rawPath(), uri.parameters(), Map.of());
  }

  private Request(
      HttpRequest head,
      RequestBody body,
      String rawPath,
      Map<String, List<String>> query,
      Map<String, String> params) {
    this.head = head;
    this.body = body;
    this.rawPath = rawPath;
    this.query = query;
    this.params = params;
  }

  Request withParams(Map<String, String> found) {
    return new Request(head, body, rawPath, query, found);
  }

  public String method() {
    return head.method().name();
  }

  /** The path as it was sent, still percent-encoded. */
  public String rawPath() {
    return rawPath;
  }

  /** What stands in the path where the route's pattern says {@code {name}}, decoded. */
  public String param(String name) {
    var value = params.get(name);
    if (value == null) {
      throw new IllegalStateException("the route has no parameter {" + name + "}");
    }
    return value;
  }

  public Optional<String> query(String name) {
    return queries(name).stream().findFirst();
  }

  /** Whether the route has that parameter. */
  public boolean hasParam(String name) {
    return params.containsKey(name);
  }

  /** Every value of a query parameter that may be given several times. */
  public List<String> queries(String name) {
    return query.getOrDefault(name, List.of());
  }

  /** True for {@code ?name=true}, {@code ?name=1} and {@code ?name}. */
  public boolean flag(String name) {
    return query(name)
        .map(value -> value.isEmpty() || value.equals("true") || value.equals("1"))
        .orElse(false);
  }

  public Optional<String> header(String name) {
    return Optional.ofNullable(head.headers().get(name));
  }

  /** The request line and headers, for who upgrades the connection. */
  public HttpRequest head() {
    return head;
  }

  /** The body as it arrives; reading slowly slows the client down. */
  public InputStream body() {
    return body;
  }

  /** The whole body, refused when it is larger than {@code limit} bytes. */
  public byte[] bytes(int limit) throws IOException {
    var bytes = body.readNBytes(limit + 1);
    if (bytes.length > limit) {
      throw new ApiException(
          413, "RequestEntityTooLarge", "the request's body is larger than " + limit + " bytes");
    }
    return bytes;
  }

  /** The whole body as a JSON object, refused when it is larger than {@code limit} bytes. */
  public Map<String, Object> json(int limit) throws IOException {
    var bytes = bytes(limit);
    Map<String, Object> object;
    try {
      object = JSON.std.mapFrom(bytes);
    } catch (com.fasterxml.jackson.core.JacksonException e) {
      throw noObject(e.getOriginalMessage());
    }
    if (object == null) {
      throw noObject("it is null");
    }
    return object;
  }

  private static ApiException noObject(String why) {
    return new ApiException(400, "BadRequest", "the request's body is not a JSON object: " + why);
  }

  /** Runs when the client leaves before the answer is complete; at once if it has left already. */
  public void onDisconnect(Runnable action) {
    body.onDisconnect(action);
  }
}
