package io.sandjar.runtime.pod.rules;

import io.sandjar.runtime.pod.schema.Problem;
import io.sandjar.runtime.pod.schema.Trees;
import java.util.List;
import java.util.Map;

/** The rules of a container's probes and lifecycle hooks. */
final class ProbeRules {
  private static final List<String> PROBE_HANDLERS =
      List.of("exec", "httpGet", "tcpSocket", "grpc");
  private static final List<String> HOOK_HANDLERS =
      List.of("exec", "httpGet", "tcpSocket", "sleep");

  private final List<Problem> problems;

  ProbeRules(List<Problem> problems) {
    this.problems = problems;
  }

  void check(Map<String, Object> container, String at) {
    for (String probe : List.of("livenessProbe", "readinessProbe", "startupProbe")) {
      if (container.get(probe) instanceof Map<?, ?>) {
        probe(Trees.object(container, probe), probe, at + "." + probe);
      }
    }
    for (String hook : List.of("postStart", "preStop")) {
      Map<String, Object> lifecycle = Trees.object(container, "lifecycle");
      if (lifecycle.get(hook) instanceof Map<?, ?>) {
        handler(Trees.object(lifecycle, hook), HOOK_HANDLERS, at + ".lifecycle." + hook);
      }
    }
  }

  private void probe(Map<String, Object> probe, String kind, String at) {
    handler(probe, PROBE_HANDLERS, at);
    boolean readiness = kind.equals("readinessProbe");
    Trees.number(probe, "successThreshold")
        .filter(threshold -> !readiness && threshold != 1)
        .ifPresent(
            threshold ->
                problems.add(Problem.invalid(at + ".successThreshold", threshold, "must be 1")));
    Trees.number(probe, "terminationGracePeriodSeconds")
        .filter(seconds -> readiness)
        .ifPresent(
            seconds ->
                problems.add(
                    Problem.invalid(
                        at + ".terminationGracePeriodSeconds",
                        seconds,
                        "must not be set for readinessProbes")));
  }

  private void handler(Map<String, Object> handler, List<String> choices, String at) {
    OneOf.check(handler, choices, "a handler type", at, problems);
    if (handler.get("exec") instanceof Map<?, ?>
        && Trees.strings(Trees.object(handler, "exec"), "command").isEmpty()) {
      problems.add(Problem.required(at + ".exec.command"));
    }
  }
}
