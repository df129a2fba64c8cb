package io.sandjar.runtime.image.registry;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sandjar.runtime.image.registry.Credentials.IdentityToken;
import io.sandjar.runtime.image.registry.Credentials.Password;
import io.sandjar.runtime.image.registry.Credentials.RegistryToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The node's own credentials: docker's config.json and the credential helpers that it names. */
public final class NodeCredentials {
  private static final String DOCKER_HUB_KEY = "https://index.docker.io/v1/";
  private static final List<String> DOCKER_HUB_HOSTS =
      List.of("docker.io", "index.docker.io", "registry-1.docker.io");

  private final Path configFile;
  private final Map<String, String> environment;

  /**
   * @param configFile usually {@code ~/.docker/config.json}; need not exist
   * @param environment in which credential helpers are looked for and run
   */
  public NodeCredentials(Path configFile, Map<String, String> environment) {
    this.configFile = configFile;
    this.environment = environment;
  }

  Optional<Credentials> find(String host) throws IOException {
    if (!Files.isReadable(configFile)) {
      return Optional.empty();
    }
    Map<String, Object> config;
    try {
      config = JSON.std.mapFrom(Files.readAllBytes(configFile));
    } catch (IOException e) {
      throw new IOException("cannot read " + configFile + ": " + e.getMessage(), e);
    }
    String server = DOCKER_HUB_HOSTS.contains(host) ? DOCKER_HUB_KEY : host;
    Object helper = object(config, "credHelpers").get(host);
    if (helper instanceof String name) {
      return helper(name).ask(server);
    }
    if (config.get("credsStore") instanceof String store) {
      Optional<Credentials> stored = helper(store).ask(server);
      if (stored.isPresent()) {
        return stored;
      }
    }
    return fromFile(object(config, "auths"), host, server);
  }

  private CredentialHelper helper(String name) throws IOException {
    return CredentialHelper.find(name, environment);
  }

  private static Optional<Credentials> fromFile(Map<?, ?> auths, String host, String server)
      throws IOException {
    for (Map.Entry<?, ?> entry : auths.entrySet()) {
      String key = String.valueOf(entry.getKey());
      if ((key.equals(server) || hostOf(key).equals(host))
          && entry.getValue() instanceof Map<?, ?> m) {
        Optional<Credentials> found = decode(m, key);
        if (found.isPresent()) {
          return found;
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<Credentials> decode(Map<?, ?> auth, String key) throws IOException {
    if (auth.get("identitytoken") instanceof String token && !token.isEmpty()) {
      return Optional.of(new IdentityToken(token));
    }
    if (auth.get("registrytoken") instanceof String token && !token.isEmpty()) {
      return Optional.of(new RegistryToken(token));
    }
    if (auth.get("username") instanceof String user
        && auth.get("password") instanceof String password
        && !user.isEmpty()) {
      return Optional.of(new Password(user, password));
    }
    if (auth.get("auth") instanceof String encoded && !encoded.isEmpty()) {
      try {
        return Optional.of(decodeBasic(encoded));
      } catch (IllegalArgumentException e) {
        throw new IOException("the entry of " + key + " in docker's config.json is damaged", e);
      }
    }
    return Optional.empty();
  }

  /** {@code base64(user:password)}, as config.json and CRI's AuthConfig have it. */
  public static Credentials decodeBasic(String encoded) {
    String pair = "";
    try {
      // Docker's own tools pad it with NULs.
      pair =
          new String(Base64.getDecoder().decode(encoded.strip()), StandardCharsets.UTF_8)
              .replaceAll("\0+$", "");
    } catch (IllegalArgumentException e) {
      // Said below, without what it holds.
    }
    int colon = pair.indexOf(':');
    if (colon < 0) {
      throw new IllegalArgumentException("the auth field is not base64 of user:password");
    }
    return new Password(pair.substring(0, colon), pair.substring(colon + 1));
  }

  /** Whether credentials for {@code server}, as docker writes it, are for a registry's images. */
  public static boolean isFor(String server, String domain) {
    String host = hostOf(server);
    return host.equals(domain)
        || (DOCKER_HUB_HOSTS.contains(host) && DOCKER_HUB_HOSTS.contains(domain));
  }

  /** {@code https://host/v1/} and {@code host/path} mean host. */
  static String hostOf(String server) {
    return server.replaceFirst("^https?://", "").replaceFirst("/.*$", "");
  }

  private static Map<?, ?> object(Map<String, Object> tree, String key) {
    return tree.get(key) instanceof Map<?, ?> map ? map : Map.of();
  }
}
