package io.sandjar.cli.kube;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class ManifestsTest {

  @Test
  void aUrlIsAManifestToo() throws IOException {
    var pod = "{kind: Pod, metadata: {name: far}}".getBytes(StandardCharsets.UTF_8);
    var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          boolean there = exchange.getRequestURI().getPath().equals("/pod.yaml");
          exchange.sendResponseHeaders(there ? 200 : 404, there ? pod.length : -1);
          if (there) {
            exchange.getResponseBody().write(pod);
          }
          exchange.close();
        });
    server.start();
    try {
      var base = "http://127.0.0.1:" + server.getAddress().getPort();
      var manifests = new Manifests(InputStream.nullInputStream());
      var objects = manifests.read(List.of(base + "/pod.yaml"));
      assertEquals("far", KubeApi.metadata(objects.get(0), "name"));
      var failure =
          assertThrows(IOException.class, () -> manifests.read(List.of(base + "/none.yaml")));
      assertTrue(failure.getMessage().contains("unable to read URL \"" + base + "/none.yaml\""));
    } finally {
      server.stop(0);
    }
  }
}
