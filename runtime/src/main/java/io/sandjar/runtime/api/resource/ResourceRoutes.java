package io.sandjar.runtime.api.resource;

import io.sandjar.runtime.api.Router;
import io.sandjar.runtime.pod.rules.Admission;
import io.sandjar.runtime.pod.schema.ObjectType;
import io.sandjar.runtime.pod.schema.Schema;
import io.sandjar.runtime.pod.store.ObjectStore;
import java.time.InstantSource;

/** Routes the Kubernetes verbs of every kind of the schema. */
public final class ResourceRoutes {
  private final Schema schema;
  private final ObjectStore store;
  private final Admission admission;
  private final InstantSource clock;

  public ResourceRoutes(
      Schema schema, ObjectStore store, Admission admission, InstantSource clock) {
    this.schema = schema;
    this.store = store;
    this.admission = admission;
    this.clock = clock;
  }

  public void register(Router router) {
    var patches = new Patches(schema, clock);
    for (ObjectType kind : schema.kinds()) {
      ObjectType.Resource resource = kind.resource().orElseThrow();
      var calls = new ResourceCalls(schema, kind, store, admission, patches, clock);
      var lists = new ListCalls(kind, store, clock);
      var deletions = new Deletions(kind, store, calls, clock);
      String everywhere = "/api/v1/" + resource.plural();
      String collection =
          resource.namespaced()
              ? "/api/v1/namespaces/{namespace}/" + resource.plural()
              : everywhere;
      if (resource.namespaced()) {
        router.get(everywhere, lists::list);
      }
      String one = collection + "/{name}";
      router
          .get(collection, lists::list)
          .post(collection, calls::create)
          .get(one, calls::get)
          .put(one, calls::replace)
          .patch(one, calls::patch)
          .delete(one, deletions::delete);
      if (Deletions.hasCollection(kind)) {
        router.delete(collection, deletions::deleteCollection);
      }
      if (kind.field("status").isPresent()) {
        part(router, calls, one + "/status", "", "status");
      }
      if (kind.name().equals("Pod")) {
        part(router, calls, one + "/ephemeralcontainers", "spec", "ephemeralContainers");
      }
    }
  }

  private static void part(
      Router router, ResourceCalls calls, String path, String owner, String part) {
    router
        .get(path, calls::get)
        .put(path, request -> calls.changePart(request, owner, part))
        .patch(path, request -> calls.changePart(request, owner, part));
  }
}
