package io.sandjar.runtime.api.pod;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.EngineException.Kind;
import io.sandjar.runtime.api.ApiException;
import io.sandjar.runtime.api.Request;
import io.sandjar.runtime.container.Container;
import io.sandjar.runtime.container.PodEngine;
import io.sandjar.runtime.pod.plan.PodLabels;
import io.sandjar.runtime.pod.rules.PodTemplate;
import io.sandjar.runtime.pod.schema.Trees;
import io.sandjar.runtime.pod.store.ObjectKey;
import io.sandjar.runtime.pod.store.ObjectStore;
import io.sandjar.runtime.sandbox.Sandbox;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Finds the engine's sandbox and containers of the pod that a request's path names. */
public final class PodContainers {
  private final ObjectStore store;
  private final PodEngine engine;

  public PodContainers(ObjectStore store, PodEngine engine) {
    this.store = store;
    this.engine = engine;
  }

  Map<String, Object> pod(Request request) {
    var key = new ObjectKey("Pod", request.param("namespace"), request.param("name"));
    return store
        .find(key)
        .orElseThrow(
            () -> new ApiException(404, "NotFound", "pods \"" + key.name() + "\" not found"));
  }

  /** The name that the request gives, or the only container's. */
  String containerName(Map<String, Object> pod, Request request) {
    List<String> all = PodTemplate.containers(pod).stream().map(PodTemplate.Placed::name).toList();
    List<String> mains =
        PodTemplate.containers(pod).stream()
            .filter(placed -> placed.list().equals("containers"))
            .map(PodTemplate.Placed::name)
            .toList();
    String podName = ObjectKey.of(pod).name();
    String name =
        request
            .query("container")
            .filter(given -> !given.isEmpty())
            .orElseGet(() -> onlyOne(podName, mains));
    if (!all.contains(name)) {
      throw new EngineException(
          Kind.INVALID_ARGUMENT, "container " + name + " is not valid for pod " + podName);
    }
    return name;
  }

  private static String onlyOne(String pod, List<String> names) {
    if (names.size() == 1) {
      return names.get(0);
    }
    throw new EngineException(
        Kind.INVALID_ARGUMENT,
        "a container name must be specified for pod "
            + pod
            + ", choose one of: ["
            + String.join(" ", names)
            + "]");
  }

  /** All attempts of a container, newest first. */
  List<Container> attempts(Map<String, Object> pod, String name) {
    String uid = Trees.string(Trees.object(pod, "metadata"), "uid", "");
    return engine.containers().list().stream()
        .filter(container -> uid.equals(container.record().pod().uid()))
        .filter(container -> container.spec().name().name().equals(name))
        .sorted(Comparator.comparingInt((Container c) -> c.spec().name().attempt()).reversed())
        .collect(Collectors.toList());
  }

  /** The running container that the request means. */
  Container running(Request request) {
    Map<String, Object> pod = pod(request);
    String name = containerName(pod, request);
    return attempts(pod, name).stream()
        .filter(container -> container.state() == Container.State.RUNNING)
        .findFirst()
        .orElseThrow(
            () ->
                new EngineException(
                    Kind.INVALID_ARGUMENT,
                    "container "
                        + name
                        + " of pod "
                        + ObjectKey.of(pod).name()
                        + " is not running"));
  }

  /** The sandbox of the pod that the request means, while it is up. */
  Sandbox sandbox(Request request) {
    Map<String, Object> pod = pod(request);
    String uid = Trees.string(Trees.object(pod, "metadata"), "uid", "");
    return engine.sandboxes().list().stream()
        .filter(sandbox -> uid.equals(sandbox.spec().labels().get(PodLabels.POD_UID)))
        .filter(Sandbox::isReady)
        .findFirst()
        .orElseThrow(() -> notRunning(ObjectKey.of(pod).name()));
  }

  static EngineException notRunning(String pod) {
    return new EngineException(
        Kind.INVALID_ARGUMENT, "unable to forward port because pod " + pod + " is not running");
  }
}
