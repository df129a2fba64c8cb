package io.sandjar.runtime.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RouterTest {
  private final Router router =
      new Router()
          .get("/pods", request -> Response.text("list"))
          .get("/pods/{name}", request -> Response.text("pod " + request.param("name")))
          .get("/pods/special", request -> Response.text("literal"))
          .delete("/pods/{name}", request -> Response.text("delete " + request.param("name")))
          .get(
              "/pods/{name}/log/{file...}",
              request -> Response.text(request.param("name") + " " + request.param("file")))
          .get("/query", request -> Response.text(request.queries("a") + " " + request.flag("b")));

  @ParameterizedTest
  @CsvSource({
    "GET, /pods, list",
    "GET, /pods/, list",
    "HEAD, /pods, list",
    "GET, /pods/x, pod x",
    "GET, /pods/a%2Fb%20c+d, pod a/b c+d",
    "GET, /pods/special, literal",
    "DELETE, /pods/special, delete special",
    "GET, /pods/x/log/a/b.txt, x a/b.txt",
    "GET, /query?a=1&a=2&b, '[1, 2] true'",
    "GET, /query?b=false, [] false",
  })
  void findsTheHandler(String method, String uri, String answer) throws Exception {
    var whole = (Response.Whole) ask(method, uri);
    assertEquals(answer, new String(whole.body(), StandardCharsets.UTF_8));
  }

  @Test
  void nothingThereIsNotFound() {
    assertEquals(404, refusal("GET", "/nope").code());
    assertEquals(404, refusal("GET", "/pods/x/y").code());
  }

  @Test
  void anotherMethodIsNamed() {
    var status = refusal("PUT", "/pods/x");
    assertEquals(405, status.code());
    assertEquals("PUT is not allowed on /pods/x; it takes DELETE, GET", status.message());
  }

  @Test
  void allPatternsAreTold() {
    assertEquals(
        List.of("/pods", "/pods/special", "/pods/{name}", "/pods/{name}/log/{file...}", "/query"),
        List.copyOf(router.patterns()));
  }

  @Test
  void aRouteIsGivenOnce() {
    assertThrows(IllegalStateException.class, () -> router.get("/pods/{other}", request -> null));
  }

  @Test
  void aStatusObjectIsKubernetesOwn() {
    var tree = refusal("GET", "/nope").toTree();
    assertEquals(
        List.of("kind", "apiVersion", "metadata", "status", "message", "reason", "code"),
        List.copyOf(tree.keySet()));
    assertEquals("Status", tree.get("kind"));
    assertEquals("Failure", tree.get("status"));
    assertEquals("NotFound", tree.get("reason"));
  }

  private Response ask(String method, String uri) throws Exception {
    var head = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.valueOf(method), uri);
    return router.handle(new Request(head, new RequestBody(new EmbeddedChannel())));
  }

  private StatusObject refusal(String method, String uri) {
    return assertThrows(ApiException.class, () -> ask(method, uri)).status();
  }
}
