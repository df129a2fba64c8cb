package io.sandjar.runtime.api.pod;

import io.sandjar.runtime.api.Request;
import io.sandjar.runtime.api.Response;
import io.sandjar.runtime.api.Router;
import io.sandjar.runtime.api.machine.ContainerSessions;
import io.sandjar.runtime.container.PodEngine;
import io.sandjar.runtime.sandbox.Sandbox;
import io.sandjar.runtime.stream.PodSockets;
import io.sandjar.runtime.stream.PortForwardUpgrade;
import io.sandjar.runtime.stream.StreamLimits;
import java.util.ArrayList;
import java.util.List;

/** The exec, attach and portforward parts of pods. */
public final class PodStreams {
  private static final int LARGEST_PORT = 65535;
  private static final String POD = "/api/v1/namespaces/{namespace}/pods/{name}";

  private final PodEngine engine;
  private final PodContainers pods;
  private final ContainerSessions sessions;
  private final PortForwardUpgrade forwards = new PortForwardUpgrade(StreamLimits.KUBERNETES);

  public PodStreams(PodEngine engine, PodContainers pods, ContainerSessions sessions) {
    this.engine = engine;
    this.pods = pods;
    this.sessions = sessions;
  }

  public void register(Router router) {
    for (String method : List.of("GET", "POST")) {
      router
          .on(method, POD + "/exec", request -> sessions.exec(pods.running(request), request))
          .on(method, POD + "/attach", request -> sessions.attach(pods.running(request), request))
          .on(method, POD + "/portforward", this::forward);
    }
  }

  private Response forward(Request request) {
    Sandbox sandbox = pods.sandbox(request);
    PodSockets sockets =
        sandbox.spec().namespaces().hostNetwork()
            ? PodSockets.onHost()
            : PodSockets.inside(
                () ->
                    engine
                        .sandboxes()
                        .pause(sandbox.id())
                        .orElseThrow(() -> PodContainers.notRunning(sandbox.spec().name().name()))
                        .openNamespace("net"));
    List<Integer> ports = ports(request.queries("ports"));
    return Response.handoff((channel, head) -> forwards.forward(channel, head, ports, sockets));
  }

  static List<Integer> ports(List<String> queries) {
    var ports = new ArrayList<Integer>();
    for (String some : queries) {
      for (String one : some.split(",", -1)) {
        ports.add(port(one));
      }
    }
    return ports;
  }

  private static int port(String text) {
    try {
      int port = Integer.parseInt(text);
      if (port > 0 && port <= LARGEST_PORT) {
        return port;
      }
    } catch (NumberFormatException noNumber) {
      // Is told below.
    }
    throw new IllegalArgumentException(
        "ports: '" + text + "' is no number between 1 and " + LARGEST_PORT);
  }
}
