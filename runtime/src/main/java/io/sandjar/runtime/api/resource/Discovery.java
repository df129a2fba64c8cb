package io.sandjar.runtime.api.resource;

import io.sandjar.runtime.api.Request;
import io.sandjar.runtime.api.Response;
import io.sandjar.runtime.api.Router;
import io.sandjar.runtime.pod.schema.ObjectType;
import io.sandjar.runtime.pod.schema.Schema;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Tells clients which paths, groups, versions and resources there are. */
public final class Discovery {
  private static final List<String> VERBS =
      List.of("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch");

  private final Schema schema;
  private final List<Group> groups = new ArrayList<>();

  /** An API group beside core/v1, with the resources that it lists. */
  public record Group(String name, String version, List<Map<String, Object>> resources) {}

  public Discovery(Schema schema) {
    this.schema = schema;
  }

  public Discovery with(Group group) {
    groups.add(group);
    return this;
  }

  /** A resource's entry in a list of resources. */
  public static Map<String, Object> resource(
      String plural, String kind, boolean namespaced, List<String> shortNames, List<String> verbs) {
    var entry = new LinkedHashMap<String, Object>();
    entry.put("name", plural);
    entry.put("singularName", plural.contains("/") ? "" : kind.toLowerCase(Locale.ROOT));
    entry.put("namespaced", namespaced);
    entry.put("kind", kind);
    entry.put("verbs", verbs);
    if (!shortNames.isEmpty()) {
      entry.put("shortNames", shortNames);
    }
    return entry;
  }

  public void register(Router router) {
    router.get("/", request -> Response.json(Map.of("paths", List.copyOf(router.patterns()))));
    router.get("/api", this::legacyVersions);
    router.get("/apis", request -> Response.json(groupList()));
    router.get("/api/v1", request -> Response.json(resourceList("v1", coreResources())));
    for (Group group : groups) {
      String version = group.name() + "/" + group.version();
      router.get("/apis/" + group.name(), request -> Response.json(groupTree(group)));
      router.get(
          "/apis/" + version, request -> Response.json(resourceList(version, group.resources())));
    }
  }

  private Response legacyVersions(Request request) {
    return Response.json(
        Map.of(
            "kind", "APIVersions",
            "versions", List.of("v1"),
            "serverAddressByClientCIDRs",
                List.of(
                    Map.of(
                        "clientCIDR",
                        "0.0.0.0/0",
                        "serverAddress",
                        request.header("host").orElse("")))));
  }

  private Map<String, Object> groupList() {
    var list = new LinkedHashMap<String, Object>();
    list.put("kind", "APIGroupList");
    list.put("apiVersion", "v1");
    list.put("groups", groups.stream().map(Discovery::groupTree).toList());
    return list;
  }

  private static Map<String, Object> groupTree(Group group) {
    Map<String, Object> version =
        Map.of("groupVersion", group.name() + "/" + group.version(), "version", group.version());
    var tree = new LinkedHashMap<String, Object>();
    tree.put("kind", "APIGroup");
    tree.put("apiVersion", "v1");
    tree.put("name", group.name());
    tree.put("versions", List.of(version));
    tree.put("preferredVersion", version);
    return tree;
  }

  private static Map<String, Object> resourceList(
      String version, List<Map<String, Object>> resources) {
    var list = new LinkedHashMap<String, Object>();
    list.put("kind", "APIResourceList");
    list.put("apiVersion", "v1");
    list.put("groupVersion", version);
    list.put("resources", resources);
    return list;
  }

  private List<Map<String, Object>> coreResources() {
    var resources = new ArrayList<Map<String, Object>>();
    for (ObjectType kind : schema.kinds()) {
      ObjectType.Resource resource = kind.resource().orElseThrow();
      Map<String, Object> entry =
          resource(
              resource.plural(),
              kind.name(),
              resource.namespaced(),
              resource.shortNames(),
              verbs(kind));
      if (resource.inAll()) {
        entry.put("categories", List.of("all"));
      }
      resources.add(entry);
      if (kind.field("status").isPresent()) {
        resources.add(part(resource, "status", kind.name(), List.of("get", "patch", "update")));
      }
      if (kind.name().equals("Pod")) {
        resources.add(part(resource, "attach", "PodAttachOptions", List.of("create", "get")));
        resources.add(
            part(resource, "ephemeralcontainers", "Pod", List.of("get", "patch", "update")));
        resources.add(part(resource, "exec", "PodExecOptions", List.of("create", "get")));
        resources.add(part(resource, "log", "Pod", List.of("get")));
        resources.add(
            part(resource, "portforward", "PodPortForwardOptions", List.of("create", "get")));
      }
    }
    return resources;
  }

  private static List<String> verbs(ObjectType kind) {
    return VERBS.stream()
        .filter(verb -> !verb.equals("deletecollection") || Deletions.hasCollection(kind))
        .toList();
  }

  private static Map<String, Object> part(
      ObjectType.Resource resource, String part, String kind, List<String> verbs) {
    return resource(resource.plural() + "/" + part, kind, resource.namespaced(), List.of(), verbs);
  }
}
