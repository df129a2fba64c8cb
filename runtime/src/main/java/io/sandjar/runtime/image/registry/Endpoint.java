package io.sandjar.runtime.image.registry;

import io.sandjar.runtime.image.reference.ImageReference;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A server that may serve a registry's images: the registry itself or a mirror of it.
 *
 * @param base with the API's path: {@code https://registry-1.docker.io/v2}
 * @param headers sent with every request
 */
record Endpoint(
    URI base, Set<Capability> capabilities, TlsSettings tls, Map<String, List<String>> headers) {

  /** What a server may be asked for, in hosts.toml's words. */
  enum Capability {
    PULL,
    RESOLVE
  }

  /** A client certificate; the key may be in the certificate's file. */
  record ClientCertificate(Path certificate, Optional<Path> key) {}

  /** How to trust a server and be trusted by it. */
  record TlsSettings(boolean skipVerify, List<Path> authorities, List<ClientCertificate> clients) {
    static final TlsSettings DEFAULT = new TlsSettings(false, List.of(), List.of());
  }

  /** Host and port, as credentials are stored for. */
  String host() {
    return base.getAuthority();
  }

  URI manifest(ImageReference image, String object) {
    return resource(image, "manifests/" + object);
  }

  URI blob(ImageReference image, String digest) {
    return resource(image, "blobs/" + digest);
  }

  /** A mirror of several registries tells them apart by the {@code ns} parameter. */
  private URI resource(ImageReference image, String resource) {
    String own = RegistryHosts.serverOf(image.domain());
    String query =
        host().equals(own)
            ? ""
            : "?ns=" + URLEncoder.encode(image.domain(), StandardCharsets.UTF_8);
    return URI.create(base + "/" + image.path() + "/" + resource + query);
  }

  @Override
  public String toString() {
    return base.getScheme() + "://" + host();
  }
}
