package io.sandjar.runtime.image.registry;

/** What opens a registry: one of the ways that CRI's AuthConfig and docker's config.json know. */
public sealed interface Credentials {

  record Password(String username, String password) implements Credentials {
    @Override
    public String toString() {
      return "password of " + username;
    }
  }

  /** An OAuth2 refresh token, exchanged for access tokens at the registry's token service. */
  record IdentityToken(String token) implements Credentials {
    @Override
    public String toString() {
      return "identity token";
    }
  }

  /** Only for one server, as docker writes it: a mirror of the registry is not shown them. */
  record OfServer(String server, Credentials credentials) implements Credentials {
    @Override
    public String toString() {
      return credentials + " for " + server;
    }
  }

  /** A bearer token, sent to the registry as it is. */
  record RegistryToken(String token) implements Credentials {
    @Override
    public String toString() {
      return "registry token";
    }
  }
}
