package io.sandjar.cli.command;

import io.sandjar.cli.Context;
import io.sandjar.cli.kube.KubeApi;
import io.sandjar.cli.kube.Manifests;
import io.sandjar.cli.kube.NamespaceOption;
import io.sandjar.cli.kube.ResourceType;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Makes objects what their manifests say, by the server's own apply. */
@Command(
    name = "apply",
    description = {
      "Creates objects from manifests, or changes them to what the manifests say.",
      "",
      "  sandjar apply -f pod.yaml",
      "  cat pod.yaml | sandjar apply -f -"
    })
public final class ApplyCommand implements Callable<Integer> {
  private static final String APPLY_PATCH = "application/apply-patch+yaml";

  private final Context context;
  private final KubeApi api;

  @Option(
      names = {"-f", "--filename"},
      required = true,
      paramLabel = "FILE",
      description = "A manifest, a folder of them, or - for stdin; may be repeated.")
  private List<String> files;

  @Mixin private NamespaceOption namespace;

  @Option(names = "--force-conflicts", description = "Take fields over from other managers.")
  private boolean force;

  public ApplyCommand(Context context) {
    this.context = context;
    this.api = new KubeApi(context);
  }

  @Override
  public Integer call() throws IOException {
    for (var object : new Manifests(context.in()).read(files)) {
      apply(object);
    }
    return 0;
  }

  private void apply(Map<String, Object> object) throws IOException {
    var type =
        ResourceType.ofKind(
            String.valueOf(object.get("apiVersion")), String.valueOf(object.get("kind")));
    var name = KubeApi.metadata(object, "name");
    var shown = type.singular() + "/" + name;
    var where = namespace.namespace(KubeApi.metadata(object, "namespace"), shown);
    var path = type.path(where, name);
    var before = version(api.find(path));
    var query = force ? "?fieldManager=sandjar&force=true" : "?fieldManager=sandjar";
    var after = version(Optional.of(api.patch(path + query, APPLY_PATCH, object)));
    var verdict = before.isEmpty() ? "created" : before.equals(after) ? "unchanged" : "configured";
    context.out().println(shown + " " + verdict);
  }

  private static Optional<String> version(Optional<Map<String, Object>> object) {
    return object.map(found -> KubeApi.metadata(found, "resourceVersion"));
  }
}
