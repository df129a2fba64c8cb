package io.sandjar.runtime.api;

import io.sandjar.netbridge.PortMapping;
import io.sandjar.netbridge.PortMapping.Protocol;
import io.sandjar.runtime.container.PodEngine;
import io.sandjar.runtime.sandbox.NamespaceMode;
import io.sandjar.runtime.sandbox.PodNamespaces;
import io.sandjar.runtime.sandbox.Sandbox;
import io.sandjar.runtime.sandbox.SandboxName;
import io.sandjar.runtime.sandbox.SandboxSecurity;
import io.sandjar.runtime.sandbox.SandboxSpec;
import io.sandjar.runtime.sandbox.SecurityProfile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Pod sandboxes over HTTP: lists them all, and makes and removes empty ones, which have a network
 * and no containers. Experiments with pod networking need no more than that, and no image.
 */
public final class SandboxRoutes {
  private static final String BASE = "/apis/sandjar.io/v1/sandboxes";
  private static final int LONGEST_BODY = 64 << 10;

  private final PodEngine engine;

  public SandboxRoutes(PodEngine engine) {
    this.engine = engine;
  }

  public void addTo(Router router) {
    router.get(BASE, request -> list());
    router.get(BASE + "/{id}", request -> Response.json(map(get(request))));
    router.post(BASE, this::run);
    router.delete(BASE + "/{id}", this::remove);
  }

  private Response list() {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("kind", "SandboxList");
    document.put("apiVersion", "sandjar.io/v1");
    document.put("items", engine.sandboxes().list().stream().map(SandboxRoutes::map).toList());
    return Response.json(document);
  }

  private Sandbox get(Request request) {
    return engine.sandboxes().get(request.param("id"));
  }

  private Response run(Request request) throws IOException {
    Map<String, Object> body = request.json(LONGEST_BODY);
    SandboxSpec spec;
    try {
      spec = spec(body);
    } catch (IllegalArgumentException e) {
      throw new ApiException(400, "BadRequest", e.getMessage());
    }
    return Response.json(201, map(engine.sandboxes().run(spec)));
  }

  /** What a pod without wishes gets: namespaces of its own, and the default restrictions. */
  private static SandboxSpec spec(Map<String, Object> body) {
    String name = text(body, "name");
    if (name.isEmpty()) {
      throw new IllegalArgumentException("'name' is missing");
    }
    String namespace = text(body, "namespace");
    return new SandboxSpec(
        new SandboxName(
            name, namespace.isEmpty() ? "default" : namespace, UUID.randomUUID().toString(), 0),
        "",
        name,
        "",
        Optional.empty(),
        ports(body),
        Map.of(),
        texts(body, "annotations"),
        "",
        new PodNamespaces(
            NamespaceMode.POD, NamespaceMode.CONTAINER, NamespaceMode.POD, "", Optional.empty()),
        new SandboxSecurity(
            false,
            Optional.empty(),
            Optional.empty(),
            List.of(),
            false,
            false,
            SecurityProfile.RUNTIME_DEFAULT,
            SecurityProfile.RUNTIME_DEFAULT,
            Optional.empty()),
        Map.of(),
        Optional.empty(),
        Optional.empty());
  }

  private static List<PortMapping> ports(Map<String, Object> body) {
    List<PortMapping> ports = new ArrayList<>();
    if (body.get("ports") instanceof List<?> listed) {
      for (Object each : listed) {
        if (!(each instanceof Map<?, ?> port)
            || !(port.get("hostPort") instanceof Number host)
            || !(port.get("containerPort") instanceof Number container)) {
          throw new IllegalArgumentException(
              "each of 'ports' needs the numbers 'hostPort' and 'containerPort'");
        }
        String protocol = port.get("protocol") instanceof String text ? text : "TCP";
        String hostIp = port.get("hostIP") instanceof String text ? text : "";
        ports.add(
            new PortMapping(
                Protocol.valueOf(protocol.toUpperCase(Locale.ROOT)),
                host.intValue(),
                container.intValue(),
                hostIp));
      }
    }
    return ports;
  }

  private static String text(Map<String, Object> body, String key) {
    return body.get(key) instanceof String text ? text : "";
  }

  private static Map<String, String> texts(Map<String, Object> body, String key) {
    Map<String, String> texts = new LinkedHashMap<>();
    if (body.get(key) instanceof Map<?, ?> map) {
      map.forEach((name, value) -> texts.put(String.valueOf(name), String.valueOf(value)));
    }
    return texts;
  }

  private Response remove(Request request) throws IOException {
    String id = get(request).id();
    engine.teardown().stop(id);
    engine.teardown().remove(id);
    return Response.json(Map.of("kind", "Status", "apiVersion", "v1", "status", "Success"));
  }

  private static Map<String, Object> map(Sandbox sandbox) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("id", sandbox.id());
    map.put("namespace", sandbox.spec().name().namespace());
    map.put("name", sandbox.spec().name().name());
    map.put("phase", sandbox.life().phase().name().toLowerCase(Locale.ROOT));
    map.put("createdAt", sandbox.record().createdAt().toString());
    map.put("ips", sandbox.ips());
    sandbox.network().ifPresent(network -> map.put("network", network.toMap()));
    return map;
  }
}
