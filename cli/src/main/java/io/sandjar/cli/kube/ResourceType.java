package io.sandjar.cli.kube;

import io.sandjar.cli.CommandException;
import io.sandjar.cli.http.HttpRequest;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * A kind of object that the daemon keeps.
 *
 * @param plural as it stands in a path
 * @param names what a person may call it, beside the plural
 */
public record ResourceType(String kind, String plural, boolean namespaced, List<String> names) {
  public static final ResourceType POD =
      new ResourceType("Pod", "pods", true, List.of("pod", "po"));

  public static final ResourceType NAMESPACE =
      new ResourceType("Namespace", "namespaces", false, List.of("namespace", "ns"));

  public static final ResourceType NODE =
      new ResourceType("Node", "nodes", false, List.of("node", "no"));

  public static final ResourceType EVENT =
      new ResourceType("Event", "events", true, List.of("event", "ev"));

  public static final ResourceType CONFIG_MAP =
      new ResourceType("ConfigMap", "configmaps", true, List.of("configmap", "cm"));

  public static final ResourceType SECRET =
      new ResourceType("Secret", "secrets", true, List.of("secret"));

  private static final List<ResourceType> ALL =
      List.of(POD, NAMESPACE, NODE, EVENT, CONFIG_MAP, SECRET);

  /** The type that a person means by {@code pods}, {@code po} or {@code Pod}. */
  public static ResourceType named(String word) {
    var lower = word.toLowerCase(Locale.ROOT);
    return ALL.stream()
        .filter(type -> type.plural().equals(lower) || type.names().contains(lower))
        .findFirst()
        .orElseThrow(
            () ->
                new CommandException(
                    "the server doesn't have a resource type \"%s\"; it has %s"
                        .formatted(
                            word,
                            ALL.stream()
                                .map(ResourceType::plural)
                                .collect(Collectors.joining(", ")))));
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
      for (var type : ALL) {
        if (type.kind().equals(kind)) {
          return type;
        }
      }
    }
    throw new CommandException(
        "no matches for kind \"%s\" in version \"%s\": there is no cluster here; a node has %s"
            .formatted(
                kind,
                apiVersion,
                ALL.stream().map(ResourceType::kind).collect(Collectors.joining(", "))));
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
