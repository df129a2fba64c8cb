package io.sandjar.cli.http;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A request to the daemon.
 *
 * @param target the path with its query, percent-encoded
 * @param body sent in chunks as it is read
 */
public record HttpRequest(
    String method, String target, Map<String, String> headers, Optional<InputStream> body) {

  public static HttpRequest get(String target) {
    return of("GET", target);
  }

  public static HttpRequest of(String method, String target) {
    return new HttpRequest(method, target, Map.of(), Optional.empty());
  }

  public HttpRequest header(String name, String value) {
    var more = new LinkedHashMap<>(headers);
    more.put(name, value);
    return new HttpRequest(method, target, more, body);
  }

  public HttpRequest body(String contentType, byte[] bytes) {
    return body(contentType, new ByteArrayInputStream(bytes));
  }

  public HttpRequest body(String contentType, InputStream stream) {
    var typed = header("Content-Type", contentType);
    return new HttpRequest(method, target, typed.headers(), Optional.of(stream));
  }

  /** Percent-encodes one segment of a path or one part of a query. */
  public static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
