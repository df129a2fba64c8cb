package io.sandjar.cli.command;

import io.sandjar.cli.CommandException;
import io.sandjar.cli.Context;
import io.sandjar.cli.kube.DryRunOption;
import io.sandjar.cli.kube.FilesOption;
import io.sandjar.cli.kube.KubeApi;
import io.sandjar.cli.kube.NamespaceOption;
import io.sandjar.cli.kube.ObjectFinder;
import io.sandjar.cli.kube.ObjectOutput;
import io.sandjar.cli.kube.ObjectRef;
import io.sandjar.cli.kube.SelectorOption;
import io.sandjar.cli.output.OutputOption;
import java.io.IOException;
import java.util.LinkedHashMap;
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

  @Mixin private FilesOption files;

  @Mixin private NamespaceOption namespace;
  @Mixin private DryRunOption dryRun;
  @Mixin private OutputOption output;

  @Option(names = "--force-conflicts", description = "Take fields over from other managers.")
  private boolean force;

  public ApplyCommand(Context context) {
    this.context = context;
    this.api = new KubeApi(context);
  }

  @Override
  public Integer call() throws IOException {
    if (!files.isGiven()) {
      throw new CommandException("-f FILE must be given");
    }
    var finder = new ObjectFinder(api, namespace, new SelectorOption());
    return files.forEach(context, "applying", object -> apply(finder.of(object), object));
  }

  private void apply(ObjectRef where, Map<String, Object> object) throws IOException {
    var query = new LinkedHashMap<String, String>();
    query.put("fieldManager", "sandjar");
    query.put("force", force ? "true" : null);
    dryRun.addTo(query);
    var before = api.find(where.path());
    var after =
        dryRun.isClient()
            ? object
            : api.patch(where.path() + KubeApi.query(query), APPLY_PATCH, object);
    if (!output.isTable()) {
      ObjectOutput.dropManagedFields(after);
      context.out().print(ObjectOutput.text(output.format(), after));
      return;
    }
    var verdict =
        before.isEmpty()
            ? "created"
            : version(before).equals(version(Optional.of(after))) ? "unchanged" : "configured";
    context.out().println(where.shown() + " " + verdict + dryRun.suffix());
    context.out().flush();
  }

  private static Optional<String> version(Optional<Map<String, Object>> object) {
    return object.map(found -> KubeApi.metadata(found, "resourceVersion"));
  }
}
