package io.sandjar.runtime.api.pod;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.EngineException.Kind;
import io.sandjar.runtime.api.Request;
import io.sandjar.runtime.api.Response;
import io.sandjar.runtime.api.Router;
import io.sandjar.runtime.api.machine.ContainerLogs;
import io.sandjar.runtime.container.Container;
import io.sandjar.runtime.pod.store.ObjectKey;
import java.util.List;
import java.util.Map;

/** The log part of pods. */
public final class PodLogs {
  private final PodContainers pods;
  private final ContainerLogs logs;

  public PodLogs(PodContainers pods, ContainerLogs logs) {
    this.pods = pods;
    this.logs = logs;
  }

  public void register(Router router) {
    router.get("/api/v1/namespaces/{namespace}/pods/{name}/log", this::log);
  }

  private Response log(Request request) {
    Map<String, Object> pod = pods.pod(request);
    String name = pods.containerName(pod, request);
    List<Container> attempts = pods.attempts(pod, name);
    boolean previous = request.flag("previous");
    if (previous && attempts.size() < 2) {
      throw new EngineException(
          Kind.INVALID_ARGUMENT,
          "previous terminated container \""
              + name
              + "\" in pod \""
              + ObjectKey.of(pod).name()
              + "\" not found");
    }
    if (attempts.isEmpty()) {
      throw new EngineException(
          Kind.INVALID_ARGUMENT,
          "container \""
              + name
              + "\" in pod \""
              + ObjectKey.of(pod).name()
              + "\" is waiting to start");
    }
    return logs.log(attempts.get(previous ? 1 : 0), request);
  }
}
