package io.sandjar.runtime.image.registry;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Proxies from HTTP_PROXY, HTTPS_PROXY and NO_PROXY, read as Go programs read them. */
final class EnvironmentProxies extends ProxySelector {
  private final Map<String, String> environment;

  EnvironmentProxies(Map<String, String> environment) {
    this.environment = environment;
  }

  @Override
  public List<Proxy> select(URI uri) {
    return List.of(proxy(uri).map(EnvironmentProxies::at).orElse(Proxy.NO_PROXY));
  }

  private static Proxy at(URI address) {
    int port = address.getPort() >= 0 ? address.getPort() : 80;
    return new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved(address.getHost(), port));
  }

  /** What the proxy for {@code uri} is to be shown: {@code http://user:password@proxy:3128}. */
  Optional<String> authorization(URI uri) {
    return proxy(uri)
        .map(URI::getUserInfo)
        .map(
            pair ->
                "Basic "
                    + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8)));
  }

  private Optional<URI> proxy(URI uri) {
    String variable = uri.getScheme().equals("https") ? "HTTPS_PROXY" : "HTTP_PROXY";
    return variable(variable)
        .filter(proxy -> !isExempt(uri))
        .map(proxy -> URI.create(proxy.contains("://") ? proxy : "http://" + proxy));
  }

  @Override
  public void connectFailed(URI uri, SocketAddress proxy, IOException failure) {
    // The request itself fails with the same reason.
  }

  private Optional<String> variable(String name) {
    String lower = environment.get(name.toLowerCase(Locale.ROOT));
    String value = lower != null ? lower : environment.get(name);
    return value == null || value.isBlank() ? Optional.empty() : Optional.of(value.strip());
  }

  private boolean isExempt(URI uri) {
    String host = uri.getHost().toLowerCase(Locale.ROOT);
    if (host.equals("localhost") || RegistryHosts.isLoopback(host)) {
      return true;
    }
    int port = uri.getPort() >= 0 ? uri.getPort() : uri.getScheme().equals("https") ? 443 : 80;
    for (String rule : variable("NO_PROXY").orElse("").split(",")) {
      if (matches(rule.strip().toLowerCase(Locale.ROOT), host, port)) {
        return true;
      }
    }
    return false;
  }

  private static boolean matches(String rule, String host, int port) {
    if (rule.isEmpty()) {
      return false;
    }
    if (rule.equals("*")) {
      return true;
    }
    if (rule.contains("/")) {
      return isAddress(host) && inNetwork(rule, host);
    }
    String name = rule;
    int colon = rule.lastIndexOf(':');
    if (colon > 0 && rule.indexOf(':') == colon) {
      if (!rule.substring(colon + 1).equals(String.valueOf(port))) {
        return false;
      }
      name = rule.substring(0, colon);
    }
    if (name.startsWith("*.")) {
      name = name.substring(1);
    }
    return name.startsWith(".")
        ? host.endsWith(name)
        : host.equals(name) || host.endsWith('.' + name);
  }

  private static boolean isAddress(String host) {
    return host.matches("[0-9.]+") || host.startsWith("[");
  }

  private static boolean inNetwork(String rule, String host) {
    try {
      int slash = rule.indexOf('/');
      byte[] network = InetAddress.getByName(rule.substring(0, slash)).getAddress();
      byte[] address = InetAddress.getByName(host).getAddress();
      int bits = Integer.parseInt(rule.substring(slash + 1));
      if (network.length != address.length || bits > network.length * 8) {
        return false;
      }
      for (int i = 0; i < bits; i++) {
        int mask = 0x80 >> (i % 8);
        if (((network[i / 8] ^ address[i / 8]) & mask) != 0) {
          return false;
        }
      }
      return true;
    } catch (UnknownHostException | NumberFormatException e) {
      return false;
    }
  }
}
