package io.sandjar.runtime.pod.node;

import io.sandjar.runtime.pod.probe.ContainerProbes;
import io.sandjar.runtime.pod.probe.ProbeCheck;
import io.sandjar.runtime.pod.probe.ProbeSpec;
import io.sandjar.runtime.pod.schema.Trees;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads a container's probes. */
final class ProbeSpecs {

  private ProbeSpecs() {}

  static boolean hasAny(Map<String, Object> container) {
    return List.of("startupProbe", "livenessProbe", "readinessProbe").stream()
        .anyMatch(container::containsKey);
  }

  static ContainerProbes.Specs of(Map<String, Object> container) {
    return new ContainerProbes.Specs(
        probe(container, "startupProbe"),
        probe(container, "livenessProbe"),
        probe(container, "readinessProbe"));
  }

  private static Optional<ProbeSpec> probe(Map<String, Object> container, String field) {
    if (!(container.get(field) instanceof Map<?, ?>)) {
      return Optional.empty();
    }
    Map<String, Object> probe = Trees.object(container, field);
    return Optional.of(
        new ProbeSpec(
            check(probe, container),
            seconds(probe, "initialDelaySeconds", 0),
            seconds(probe, "timeoutSeconds", 1),
            seconds(probe, "periodSeconds", 10),
            (int) number(probe, "successThreshold", 1),
            (int) number(probe, "failureThreshold", 3)));
  }

  private static ProbeCheck check(Map<String, Object> probe, Map<String, Object> container) {
    if (probe.get("exec") instanceof Map<?, ?>) {
      return new ProbeCheck.Exec(Trees.strings(Trees.object(probe, "exec"), "command"));
    }
    if (probe.get("httpGet") instanceof Map<?, ?>) {
      return http(Trees.object(probe, "httpGet"), container);
    }
    if (probe.get("tcpSocket") instanceof Map<?, ?>) {
      Map<String, Object> socket = Trees.object(probe, "tcpSocket");
      return new ProbeCheck.TcpSocket(host(socket), Ports.resolve(socket.get("port"), container));
    }
    Map<String, Object> grpc = Trees.object(probe, "grpc");
    return new ProbeCheck.Grpc((int) number(grpc, "port", 0), Trees.string(grpc, "service", ""));
  }

  /** An httpGet of a probe or a hook. */
  static ProbeCheck.HttpGet http(Map<String, Object> get, Map<String, Object> container) {
    var headers = new ArrayList<ProbeCheck.Header>();
    for (Map<String, Object> header : Trees.objects(get, "httpHeaders")) {
      headers.add(
          new ProbeCheck.Header(
              Trees.string(header, "name", ""), Trees.string(header, "value", "")));
    }
    return new ProbeCheck.HttpGet(
        "HTTPS".equals(get.get("scheme")),
        host(get),
        Ports.resolve(get.get("port"), container),
        Trees.string(get, "path", "/"),
        headers);
  }

  private static Optional<String> host(Map<String, Object> tree) {
    return Trees.string(tree, "host").filter(host -> !host.isEmpty());
  }

  private static Duration seconds(Map<String, Object> probe, String field, long otherwise) {
    return Duration.ofSeconds(number(probe, field, otherwise));
  }

  private static long number(Map<String, Object> tree, String field, long otherwise) {
    return Trees.number(tree, field).orElse(otherwise);
  }
}
