package io.sandjar.cli.kube;

import io.sandjar.cli.CommandException;
import io.sandjar.cli.http.HttpRequest;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;

/** A kind of object that the daemon keeps. */
public enum ResourceType {
  POD("Pod", "pods", true, "pod", "po"),
  NAMESPACE("Namespace", "namespaces", false, "namespace", "ns"),
  NODE("Node", "nodes", false, "node", "no"),
  EVENT("Event", "events", true, "event", "ev"),
  CONFIG_MAP("ConfigMap", "configmaps", true, "configmap", "cm"),
  SECRET("Secret", "secrets", true, "secret");

  private final String kind;
  private final String plural;
  private final boolean namespaced;
  private final List<String> names;

  /**
   * @param plural as it stands in a path
   * @param names what a person may call it, beside the plural
   */
  ResourceType(String kind, String plural, boolean namespaced, String... names) {
    this.kind = kind;
    this.plural = plural;
    this.namespaced = namespaced;
    this.names = List.of(names);
  }

  public String kind() {
    return kind;
  }

  public String plural() {
    return plural;
  }

  public boolean namespaced() {
    return namespaced;
  }

  /** The type that a person means by {@code pods}, {@code po} or {@code Pod}. */
  public static ResourceType named(String word) {
    var lower = word.toLowerCase(Locale.ROOT);
    for (var type : values()) {
      if (type.plural.equals(lower) || type.names.contains(lower)) {
        return type;
      }
    }
    throw new CommandException(
        "the server doesn't have a resource type \"%s\"; it has %s"
            .formatted(word, all(ResourceType::plural)));
  }

  private static String all(Function<ResourceType, String> name) {
    return Arrays.stream(values()).map(name).collect(Collectors.joining(", "));
  }

  /** The name of a pod that a person calls {@code echo} or {@code pod/echo}. */
  public static String podName(String word) {
    int slash = word.indexOf('/');
    if (slash >= 0 && !named(word.substring(0, slash)).equals(POD)) {
      throw new CommandException("a pod is needed, such as pod/NAME, not " + word);
    }
    return word.substring(slash + 1);
  }

  /** The type of a manifest. */
  public static ResourceType ofKind(String apiVersion, String kind) {
    if (apiVersion.equals("v1")) {
      for (var type : values()) {
        if (type.kind().equals(kind)) {
          return type;
        }
      }
    }
    throw new CommandException(
        "no matches for kind \"%s\" in version \"%s\": there is no cluster here; a node has %s"
            .formatted(kind, apiVersion, all(ResourceType::kind)));
  }

  /** Where its objects are listed. */
  public String path(Namespaced where) {
    return namespaced && !where.everywhere()
        ? "/api/v1/namespaces/" + HttpRequest.encode(where.name()) + "/" + plural
        : "/api/v1/" + plural;
  }

  /** Where one object is. */
  public String path(Namespaced where, String name) {
    return path(where) + "/" + HttpRequest.encode(name);
  }

  /** As output names it: {@code pod}. */
  public String singular() {
    return names.get(0);
  }
}
