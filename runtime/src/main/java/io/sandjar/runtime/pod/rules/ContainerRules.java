package io.sandjar.runtime.pod.rules;

import io.sandjar.runtime.pod.rules.PodTemplate.Placed;
import io.sandjar.runtime.pod.schema.Problem;
import io.sandjar.runtime.pod.schema.Quantity;
import io.sandjar.runtime.pod.schema.Trees;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The rules of one container that its pod matters for. */
final class ContainerRules {
  private static final List<String> ENV_SOURCES =
      List.of("fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef");
  private static final Set<String> PROBES_AND_HOOKS =
      Set.of("livenessProbe", "readinessProbe", "startupProbe", "lifecycle");

  private final List<Problem> problems;
  private final ProbeRules probes;
  private final Set<String> volumes = new HashSet<>();
  private final Map<String, Object> spec;

  ContainerRules(Map<String, Object> spec, List<Problem> problems) {
    this.spec = spec;
    this.problems = problems;
    this.probes = new ProbeRules(problems);
    Trees.objects(spec, "volumes").forEach(volume -> volumes.add(Trees.string(volume, "name", "")));
  }

  void check(Placed placed) {
    Map<String, Object> container = placed.container();
    String at = placed.path();
    image(container, at);
    ports(container, at);
    environment(container, at);
    mounts(container, at);
    resources(Trees.object(container, "resources"), at + ".resources");
    security(container, at);
    probes.check(container, at);
    kindOfContainer(placed);
  }

  private void image(Map<String, Object> container, String at) {
    String image = Trees.string(container, "image", "");
    if (!image.equals(image.strip())) {
      problems.add(
          Problem.invalid(at + ".image", image, "must not have leading or trailing whitespace"));
    }
  }

  private void kindOfContainer(Placed placed) {
    Map<String, Object> container = placed.container();
    if (placed.list().equals("containers") && container.containsKey("restartPolicy")) {
      problems.add(
          Problem.forbidden(
              placed.path() + ".restartPolicy", "may not be set for non-init containers"));
    }
    if (placed.list().equals("initContainers") && !placed.isSidecar()) {
      PROBES_AND_HOOKS.stream()
          .filter(container::containsKey)
          .sorted()
          .forEach(
              field ->
                  problems.add(
                      Problem.forbidden(
                          placed.path() + "." + field,
                          "may not be set for init containers without restartPolicy=Always")));
    }
    if (placed.list().equals("ephemeralContainers")
        && !Trees.object(container, "resources").isEmpty()) {
      problems.add(
          Problem.forbidden(
              placed.path() + ".resources", "cannot be set for an Ephemeral Container"));
    }
  }

  private void ports(Map<String, Object> container, String at) {
    Set<String> names = new HashSet<>();
    List<Map<String, Object>> ports = Trees.objects(container, "ports");
    for (int i = 0; i < ports.size(); i++) {
      Map<String, Object> port = ports.get(i);
      String here = at + ".ports[" + i + "]";
      Trees.string(port, "name")
          .filter(name -> !names.add(name))
          .ifPresent(name -> problems.add(Problem.duplicate(here + ".name", name)));
      if (Trees.flag(spec, "hostNetwork")
          && port.get("hostPort") != null
          && !port.get("hostPort").equals(port.get("containerPort"))) {
        problems.add(
            Problem.invalid(
                here + ".hostPort",
                port.get("hostPort"),
                "must match `containerPort` when `hostNetwork` is true"));
      }
    }
  }

  private void environment(Map<String, Object> container, String at) {
    List<Map<String, Object>> variables = Trees.objects(container, "env");
    for (int i = 0; i < variables.size(); i++) {
      Map<String, Object> variable = variables.get(i);
      String here = at + ".env[" + i + "].valueFrom";
      if (variable.get("valueFrom") instanceof Map<?, ?>) {
        Map<String, Object> source = Trees.object(variable, "valueFrom");
        OneOf.check(
            source, ENV_SOURCES, "one of " + String.join(", ", ENV_SOURCES), here, problems);
        if (!Trees.string(variable, "value", "").isEmpty()) {
          problems.add(Problem.invalid(here, "", "may not be specified when `value` is not empty"));
        }
        DownwardPaths.checkEnvironment(source, here, problems);
        for (String reference : List.of("configMapKeyRef", "secretKeyRef")) {
          if (source.get(reference) instanceof Map<?, ?>
              && Trees.string(Trees.object(source, reference), "name", "").isEmpty()) {
            problems.add(Problem.required(here + "." + reference + ".name"));
          }
        }
      }
    }
    List<Map<String, Object>> sources = Trees.objects(container, "envFrom");
    for (int i = 0; i < sources.size(); i++) {
      String here = at + ".envFrom[" + i + "]";
      OneOf.check(
          sources.get(i),
          List.of("configMapRef", "secretRef"),
          "one of configMapRef or secretRef",
          here,
          problems);
    }
  }

  private void mounts(Map<String, Object> container, String at) {
    List<Map<String, Object>> mounts = Trees.objects(container, "volumeMounts");
    for (int i = 0; i < mounts.size(); i++) {
      Map<String, Object> mount = mounts.get(i);
      String here = at + ".volumeMounts[" + i + "]";
      String name = Trees.string(mount, "name", "");
      if (!name.isEmpty() && !volumes.contains(name)) {
        problems.add(
            new Problem(
                Problem.Reason.INVALID,
                here + ".name",
                "Not found: \"" + name + "\": the pod has no volume of that name"));
      }
      if (mount.containsKey("subPath") && mount.containsKey("subPathExpr")) {
        problems.add(
            Problem.invalid(
                here + ".subPathExpr",
                mount.get("subPathExpr"),
                "subPathExpr and subPath are mutually exclusive"));
      }
      boolean privileged = Trees.flag(Trees.object(container, "securityContext"), "privileged");
      if ("Bidirectional".equals(mount.get("mountPropagation")) && !privileged) {
        problems.add(
            Problem.forbidden(
                here + ".mountPropagation",
                "Bidirectional mount propagation is available only to privileged containers"));
      }
      if (mount.containsKey("recursiveReadOnly")
          && !"Disabled".equals(mount.get("recursiveReadOnly"))
          && !Trees.flag(mount, "readOnly")) {
        problems.add(
            Problem.forbidden(
                here + ".recursiveReadOnly", "may only be specified when readOnly is true"));
      }
    }
  }

  private void resources(Map<String, Object> resources, String at) {
    Map<String, Object> limits = Trees.object(resources, "limits");
    Map<String, Object> requests = Trees.object(resources, "requests");
    nonNegative(limits, at + ".limits");
    nonNegative(requests, at + ".requests");
    requests.forEach(
        (name, request) -> {
          Object limit = limits.get(name);
          if (limit != null && Quantity.of(request).compareTo(Quantity.of(limit)) > 0) {
            problems.add(
                Problem.invalid(
                    at + ".requests",
                    request,
                    "must be less than or equal to " + name + " limit of " + limit));
          }
        });
  }

  private void nonNegative(Map<String, Object> amounts, String at) {
    amounts.forEach(
        (name, amount) -> {
          if (Quantity.of(amount).isNegative()) {
            problems.add(
                Problem.invalid(
                    at + "[" + name + "]", amount, "must be greater than or equal to 0"));
          }
        });
  }

  private void security(Map<String, Object> container, String at) {
    Map<String, Object> security = Trees.object(container, "securityContext");
    boolean noEscalation = Boolean.FALSE.equals(security.get("allowPrivilegeEscalation"));
    if (noEscalation && Trees.flag(security, "privileged")) {
      problems.add(
          Problem.invalid(
              at + ".securityContext",
              "privileged",
              "cannot set `allowPrivilegeEscalation` to false and `privileged` to true"));
    }
    if (noEscalation
        && Trees.strings(Trees.object(security, "capabilities"), "add").contains("SYS_ADMIN")) {
      problems.add(
          Problem.invalid(
              at + ".securityContext",
              "SYS_ADMIN",
              "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` SYS_ADMIN"));
    }
    profiles(security, at + ".securityContext", problems);
  }

  /** A profile names a file exactly when its type is Localhost. */
  static void profiles(Map<String, Object> security, String at, List<Problem> problems) {
    for (String field : List.of("seccompProfile", "appArmorProfile")) {
      if (security.get(field) instanceof Map<?, ?>) {
        Map<String, Object> profile = Trees.object(security, field);
        boolean localhost = "Localhost".equals(profile.get("type"));
        String name = Trees.string(profile, "localhostProfile", "");
        boolean named = !name.isEmpty();
        String here = at + "." + field + ".localhostProfile";
        if (localhost && !named) {
          problems.add(Problem.required(here, "must be set when type is Localhost"));
        } else if (!localhost && named) {
          problems.add(Problem.invalid(here, name, "can only be set when type is Localhost"));
        } else if (field.equals("seccompProfile") && !descends(name)) {
          problems.add(
              Problem.invalid(
                  here,
                  name,
                  "must be a relative path without '..', below the node's folder of profiles"));
        }
      }
    }
  }

  private static boolean descends(String path) {
    return !path.startsWith("/") && !List.of(path.split("/")).contains("..");
  }
}
