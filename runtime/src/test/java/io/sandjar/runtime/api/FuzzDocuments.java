package io.sandjar.runtime.api;

import java.util.List;
import java.util.Map;

/** Documents that are right, for {@link DamagedTree} to damage. */
public final class FuzzDocuments {

  /** A pod with something of each sort, which no node runs. */
  public static final Map<String, Object> POD =
      Map.of(
          "apiVersion",
          "v1",
          "kind",
          "Pod",
          "metadata",
          Map.of("name", "a", "labels", Map.of("app", "a"), "annotations", Map.of("a", "b")),
          "spec",
          Map.of(
              "nodeSelector",
              Map.of("never", "matches"),
              "terminationGracePeriodSeconds",
              3,
              "volumes",
              List.of(Map.of("name", "v", "emptyDir", Map.of("sizeLimit", "1Mi"))),
              "containers",
              List.of(
                  Map.of(
                      "name", "c",
                      "image", "127.0.0.1:1/none",
                      "command", List.of("true"),
                      "ports", List.of(Map.of("containerPort", 80)),
                      "env", List.of(Map.of("name", "A", "value", "b")),
                      "livenessProbe", Map.of("httpGet", Map.of("port", 80)),
                      "resources", Map.of("limits", Map.of("memory", "1Gi")),
                      "volumeMounts", List.of(Map.of("name", "v", "mountPath", "/v"))))));

  /** What may be sent to the HTTP API, of the names that the fuzz asks for. */
  public static final List<Object> ALL =
      List.of(
          POD,
          Map.of(
              "apiVersion",
              "v1",
              "kind",
              "ConfigMap",
              "metadata",
              Map.of("name", "a", "annotations", Map.of("x", "y")),
              "data",
              Map.of("k", "v")),
          Map.of(
              "apiVersion",
              "v1",
              "kind",
              "Secret",
              "metadata",
              Map.of("name", "a"),
              "data",
              Map.of("k", "dg==")),
          Map.of("apiVersion", "v1", "kind", "Namespace", "metadata", Map.of("name", "a")),
          List.of(Map.of("op", "replace", "path", "/metadata/labels/app", "value", "b")),
          Map.of("podCIDR", "10.1.2.0/24", "node", "n", "via", "127.0.0.2"),
          Map.of("image", "127.0.0.1:1/none"),
          Map.of(
              "metadata",
              Map.of("name", "a"),
              "hostname",
              "h",
              "labels",
              Map.of("a", "b"),
              "linux",
              Map.of("sysctls", Map.of("kernel.shm_rmid_forced", "1"))));

  private FuzzDocuments() {}
}
