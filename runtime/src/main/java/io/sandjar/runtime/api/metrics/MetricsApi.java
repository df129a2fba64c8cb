package io.sandjar.runtime.api.metrics;

import io.sandjar.runtime.api.ApiException;
import io.sandjar.runtime.api.Request;
import io.sandjar.runtime.api.Response;
import io.sandjar.runtime.api.Router;
import io.sandjar.runtime.api.resource.Discovery;
import io.sandjar.runtime.api.select.LabelSelector;
import io.sandjar.runtime.container.Container;
import io.sandjar.runtime.container.PodEngine;
import io.sandjar.runtime.pod.schema.Trees;
import io.sandjar.runtime.pod.store.ObjectKey;
import io.sandjar.runtime.pod.store.ObjectStore;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The resource metrics API, metrics.k8s.io, which {@code kubectl top} asks. Nothing is measured
 * until somebody asks: then over a short while.
 */
public final class MetricsApi {
  private static final String GROUP = "metrics.k8s.io";
  private static final String VERSION = "v1beta1";
  private static final long WINDOW_MILLIS = 500;

  private final ObjectStore store;
  private final PodEngine engine;
  private final InstantSource clock;

  public MetricsApi(ObjectStore store, PodEngine engine, InstantSource clock) {
    this.store = store;
    this.engine = engine;
    this.clock = clock;
  }

  /** As discovery lists it. */
  public static Discovery.Group group() {
    List<String> verbs = List.of("get", "list");
    return new Discovery.Group(
        GROUP,
        VERSION,
        List.of(
            Discovery.resource("nodes", "NodeMetrics", false, List.of(), verbs),
            Discovery.resource("pods", "PodMetrics", true, List.of(), verbs)));
  }

  public void register(Router router) {
    String base = "/apis/" + GROUP + "/" + VERSION;
    router
        .get(base + "/nodes", request -> list("Node", nodes(selected("Node", request))))
        .get(base + "/nodes/{name}", request -> one(nodes(named("Node", request))))
        .get(base + "/pods", request -> list("Pod", pods(selected("Pod", request))))
        .get(
            base + "/namespaces/{namespace}/pods",
            request -> list("Pod", pods(selected("Pod", request))))
        .get(
            base + "/namespaces/{namespace}/pods/{name}",
            request -> one(pods(named("Pod", request))));
  }

  private static Response list(String kind, List<Map<String, Object>> items) {
    var list = new LinkedHashMap<String, Object>();
    list.put("kind", kind + "MetricsList");
    list.put("apiVersion", GROUP + "/" + VERSION);
    list.put("metadata", Map.of());
    list.put("items", items);
    return Response.json(list);
  }

  private static Response one(List<Map<String, Object>> items) {
    if (items.isEmpty()) {
      throw new ApiException(404, "NotFound", "no metrics: no container of the pod is running");
    }
    return Response.json(items.get(0));
  }

  private List<Map<String, Object>> selected(String kind, Request request) {
    LabelSelector labels = LabelSelector.parse(request.query("labelSelector").orElse(""));
    return store.list(kind, namespace(request)).objects().stream()
        .filter(object -> labels.test(Trees.stringMap(Trees.object(object, "metadata"), "labels")))
        .toList();
  }

  private List<Map<String, Object>> named(String kind, Request request) {
    var key = new ObjectKey(kind, namespace(request), request.param("name"));
    return List.of(
        store
            .find(key)
            .orElseThrow(
                () ->
                    new ApiException(
                        404,
                        "NotFound",
                        kind.toLowerCase(Locale.ROOT)
                            + "metrics."
                            + GROUP
                            + " \""
                            + key.name()
                            + "\" not found")));
  }

  private static String namespace(Request request) {
    return request.hasParam("namespace") ? request.param("namespace") : "";
  }

  private List<Map<String, Object>> nodes(List<Map<String, Object>> nodes)
      throws IOException, InterruptedException {
    UsageSample before = UsageSample.of(engine, List.of());
    Thread.sleep(WINDOW_MILLIS);
    UsageSample after = UsageSample.of(engine, List.of());
    var all = new ArrayList<Map<String, Object>>();
    for (Map<String, Object> node : nodes) {
      Map<String, Object> metrics = metrics("Node", node);
      metrics.put("usage", after.since(before));
      all.add(metrics);
    }
    return all;
  }

  private List<Map<String, Object>> pods(List<Map<String, Object>> pods)
      throws IOException, InterruptedException {
    List<Container> running =
        engine.containers().list().stream()
            .filter(container -> container.state() == Container.State.RUNNING)
            .toList();
    UsageSample before = UsageSample.of(engine, running);
    Thread.sleep(WINDOW_MILLIS);
    UsageSample after = UsageSample.of(engine, running);
    var all = new ArrayList<Map<String, Object>>();
    for (Map<String, Object> pod : pods) {
      String uid = Trees.string(Trees.object(pod, "metadata"), "uid", "");
      List<Map<String, Object>> containers =
          running.stream()
              .filter(container -> uid.equals(container.record().pod().uid()))
              .filter(container -> before.containers().containsKey(container.id()))
              .filter(container -> after.containers().containsKey(container.id()))
              .map(container -> container(container, after.since(before, container.id())))
              .toList();
      if (!containers.isEmpty()) {
        Map<String, Object> metrics = metrics("Pod", pod);
        metrics.put("containers", containers);
        all.add(metrics);
      }
    }
    return all;
  }

  private static Map<String, Object> container(Container container, Map<String, Object> usage) {
    var tree = new LinkedHashMap<String, Object>();
    tree.put("name", container.spec().name().name());
    tree.put("usage", usage);
    return tree;
  }

  /** The head of an object's metrics. */
  private Map<String, Object> metrics(String kind, Map<String, Object> object) {
    Map<String, Object> of = Trees.object(object, "metadata");
    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    var metadata = new LinkedHashMap<String, Object>();
    for (String field : List.of("name", "namespace", "labels")) {
      if (of.containsKey(field)) {
        metadata.put(field, of.get(field));
      }
    }
    metadata.put("creationTimestamp", now.toString());
    var metrics = new LinkedHashMap<String, Object>();
    metrics.put("kind", kind + "Metrics");
    metrics.put("apiVersion", GROUP + "/" + VERSION);
    metrics.put("metadata", metadata);
    metrics.put("timestamp", now.toString());
    metrics.put("window", WINDOW_MILLIS + "ms");
    return metrics;
  }
}
