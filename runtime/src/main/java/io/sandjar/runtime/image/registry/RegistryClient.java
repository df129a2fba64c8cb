package io.sandjar.runtime.image.registry;

import io.sandjar.runtime.image.Cancellation;
import io.sandjar.runtime.image.reference.ImageReference;
import java.io.IOException;
import java.util.Optional;

/** Opens registries for pulls. */
public final class RegistryClient {
  private final RegistryTransport transport;
  private final RegistryHosts hosts;
  private final NodeCredentials node;

  public RegistryClient(RegistryTransport transport, RegistryHosts hosts, NodeCredentials node) {
    this.transport = transport;
    this.hosts = hosts;
    this.node = node;
  }

  /** The repository of {@code image}, as one caller may see it. */
  public Repository open(
      ImageReference image, Optional<Credentials> credentials, Cancellation cancellation)
      throws IOException {
    var authorizer =
        new Authorizer(transport, credentials, node, "repository:" + image.path() + ":pull");
    return new Repository(
        image,
        hosts.endpoints(image.domain()).stream()
            .map(endpoint -> new EndpointClient(transport, endpoint, authorizer, cancellation))
            .toList(),
        cancellation);
  }
}
