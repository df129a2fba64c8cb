package io.sandjar.cli.kube;

import io.sandjar.cli.CommandException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Finds the objects that a command line means. */
public final class ObjectFinder {
  private final KubeApi api;
  private final NamespaceOption namespace;
  private final SelectorOption selector;

  public ObjectFinder(KubeApi api, NamespaceOption namespace, SelectorOption selector) {
    this.api = api;
    this.namespace = namespace;
    this.selector = selector;
  }

  /**
   * Those that are named, or those of a type that the selector selects.
   *
   * @param all whether a type alone means all of its objects
   */
  public List<ObjectRef> find(List<String> words, boolean all) throws IOException {
    var found = new ArrayList<ObjectRef>();
    for (var target : Target.parse(words)) {
      if (target.name().isPresent()) {
        if (selector.isGiven() || all && namespace.namespace().everywhere()) {
          throw new CommandException("a name cannot be given together with a selector or --all");
        }
        found.add(new ObjectRef(target.type(), namespace.namespace(), target.name().get()));
        continue;
      }
      if (!all && !selector.isGiven()) {
        throw new CommandException("a name, a selector (-l) or --all must be given");
      }
      var query = new LinkedHashMap<String, String>();
      selector.addTo(query);
      var list = api.get(target.type().path(namespace.namespace()) + KubeApi.query(query));
      for (var object : ObjectOutput.objectsOf(list)) {
        found.add(ObjectRef.of(target.type(), object));
      }
    }
    return found;
  }

  /** Those of manifests. */
  public List<ObjectRef> of(List<Map<String, Object>> manifests) {
    return manifests.stream().map(this::of).toList();
  }

  public ObjectRef of(Map<String, Object> manifest) {
    var type =
        ResourceType.ofKind(
            String.valueOf(manifest.get("apiVersion")), String.valueOf(manifest.get("kind")));
    var name = KubeApi.metadata(manifest, "name");
    var where =
        namespace.namespace(KubeApi.metadata(manifest, "namespace"), type.singular() + "/" + name);
    return new ObjectRef(type, where, name);
  }
}
