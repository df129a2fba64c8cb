package io.sandjar.runtime.image.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The proxy variables mean what they mean to the Go programs of a node. */
class EnvironmentProxiesTest {
  private static final String DIRECT = "direct";

  private static String proxyOf(String uri, Map<String, String> environment) {
    Proxy proxy = new EnvironmentProxies(environment).select(URI.create(uri)).get(0);
    if (proxy.type() == Proxy.Type.DIRECT) {
      return DIRECT;
    }
    InetSocketAddress address = (InetSocketAddress) proxy.address();
    return address.getHostString() + ":" + address.getPort();
  }

  @Test
  void eachSchemeHasItsVariableAndSmallLettersWin() {
    Map<String, String> both =
        Map.of("HTTP_PROXY", "http://plain:3128", "HTTPS_PROXY", "secure:8080/");
    assertEquals("plain:3128", proxyOf("http://a.example/v2", both));
    assertEquals("secure:8080", proxyOf("https://a.example/v2", both));
    assertEquals(
        "small:80",
        proxyOf("http://a.example", Map.of("HTTP_PROXY", "large:1", "http_proxy", "small")));
    assertEquals(DIRECT, proxyOf("http://a.example", Map.of("HTTP_PROXY", " ")));
  }

  @Test
  void theOwnMachineIsNeverAskedThroughAProxy() {
    Map<String, String> proxy = Map.of("HTTP_PROXY", "proxy:1");
    assertEquals(DIRECT, proxyOf("http://localhost:5000/v2", proxy));
    assertEquals(DIRECT, proxyOf("http://127.0.0.9:5000/v2", proxy));
    assertEquals(DIRECT, proxyOf("http://[::1]:5000/v2", proxy));
  }

  @ParameterizedTest
  @CsvSource({
    "a.example, http://a.example/, true",
    "a.example, http://b.a.example/, true",
    "a.example, http://ba.example/, false",
    ".a.example, http://a.example/, false",
    ".a.example, http://b.a.example/, true",
    "*.a.example, http://b.a.example/, true",
    "A.Example, http://a.example/, true",
    "a.example:5000, http://a.example:5000/, true",
    "a.example:5000, http://a.example/, false",
    "a.example:80, http://a.example/, true",
    "a.example:443, https://a.example/, true",
    "*, http://a.example/, true",
    "10.0.0.0/8, http://10.1.2.3/, true",
    "10.0.0.0/9, http://10.200.0.1/, false",
    "10.0.0.0/8, http://a.example/, false",
    "fd00::/8, http://[fd12::1]:5000/, true",
    "'x.example, a.example', http://a.example/, true",
  })
  void noProxyExempts(String rules, String uri, boolean exempt) {
    var environment = Map.of("HTTP_PROXY", "p:1", "HTTPS_PROXY", "p:1", "NO_PROXY", rules);
    assertEquals(exempt ? DIRECT : "p:1", proxyOf(uri, environment));
  }
}
