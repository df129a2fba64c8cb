package io.sandjar.runtime.api;

import com.fasterxml.jackson.jr.ob.JSON;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpRequest;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The answer to a request. */
public sealed interface Response {

  /**
   * A whole answer.
   *
   * @param warnings what the client tells its user beside it
   */
  record Whole(int status, String contentType, byte[] body, List<String> warnings)
      implements Response {

    public Whole(int status, String contentType, byte[] body) {
      this(status, contentType, body, List.of());
    }
  }

  /** An answer written piece by piece, ended when {@code body} returns. */
  record Streamed(int status, String contentType, Body body) implements Response {}

  /** The connection leaves HTTP: {@code upgrade} takes the channel over. */
  record Handoff(Upgrade upgrade) implements Response {}

  /**
   * Writes an answer; a write blocks while the client reads slowly, and throws once it has left.
   * What is written goes out at flush().
   */
  @FunctionalInterface
  interface Body {
    void writeTo(OutputStream out) throws Exception;
  }

  /**
   * Takes a connection over. Runs on the channel's event loop; of HTTP only Netty's {@code
   * HttpServerCodec} is left in the pipeline, and nothing of the request but its head.
   */
  @FunctionalInterface
  interface Upgrade {
    void take(Channel channel, HttpRequest head) throws Exception;
  }

  /** Status 200 with a JSON tree of maps, lists and plain values. */
  static Response json(Object tree) {
    return json(200, tree);
  }

  static Response json(int status, Object tree) {
    return json(status, tree, List.of());
  }

  static Response json(int status, Object tree, List<String> warnings) {
    try {
      return new Whole(status, "application/json", JSON.std.asBytes(tree), warnings);
    } catch (IOException e) {
      throw new UncheckedIOException("write the answer as JSON", e);
    }
  }

  static Response text(String text) {
    return text(200, text);
  }

  static Response text(int status, String text) {
    return new Whole(status, "text/plain; charset=utf-8", text.getBytes(StandardCharsets.UTF_8));
  }

  static Response stream(String contentType, Body body) {
    return new Streamed(200, contentType, body);
  }

  static Response handoff(Upgrade upgrade) {
    return new Handoff(upgrade);
  }

  /** A failure, as a Kubernetes Status object. */
  static Response failure(StatusObject status) {
    return json(status.code(), status.toTree());
  }
}
