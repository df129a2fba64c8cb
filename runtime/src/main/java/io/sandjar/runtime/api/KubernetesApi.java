package io.sandjar.runtime.api;

import io.sandjar.runtime.api.openapi.OpenApiRoutes;
import io.sandjar.runtime.api.resource.Discovery;
import io.sandjar.runtime.api.resource.ResourceRoutes;
import io.sandjar.runtime.pod.rules.Admission;
import io.sandjar.runtime.pod.schema.Schema;
import io.sandjar.runtime.pod.store.ObjectStore;
import java.time.InstantSource;
import java.util.List;

/** The Kubernetes REST API over the node's objects: resources, discovery and OpenAPI. */
public final class KubernetesApi {
  private final Discovery discovery;
  private final ResourceRoutes resources;
  private final OpenApiRoutes openApi;

  /**
   * @param version the server's own version
   * @param groups what is served beside core/v1, by others
   */
  public KubernetesApi(
      Schema schema,
      ObjectStore store,
      Admission admission,
      InstantSource clock,
      String version,
      List<Discovery.Group> groups) {
    this.discovery = new Discovery(schema);
    groups.forEach(discovery::with);
    this.resources = new ResourceRoutes(schema, store, admission, clock);
    this.openApi = new OpenApiRoutes(schema, version);
  }

  public void register(Router router) {
    discovery.register(router);
    resources.register(router);
    openApi.register(router);
  }
}
