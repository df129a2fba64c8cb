package io.sandjar.cli.kube;

import java.util.Map;

/** One object of the daemon's, by where it is. */
public record ObjectRef(ResourceType type, Namespaced where, String name) {

  /** Of an object that a list or a watch has told. */
  static ObjectRef of(ResourceType type, Map<String, Object> object) {
    var namespace = KubeApi.metadata(object, "namespace");
    return new ObjectRef(
        type,
        Namespaced.in(namespace == null ? Namespaced.DEFAULT : namespace),
        KubeApi.metadata(object, "name"));
  }

  public String path() {
    return type.path(where, name);
  }

  /** As output names it: {@code pod/echo}. */
  public String shown() {
    return type.singular() + "/" + name;
  }
}
