package io.sandjar.cli.command;

import io.sandjar.cli.CommandException;
import io.sandjar.cli.Context;
import io.sandjar.cli.kube.KubeApi;
import io.sandjar.cli.kube.Manifests;
import io.sandjar.cli.kube.NamespaceOption;
import io.sandjar.cli.kube.ResourceType;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Creates objects, and refuses those that are there already. */
@Command(
    name = "create",
    description = {
      "Creates objects from manifests, or a namespace by its name.",
      "",
      "  sandjar create -f pod.yaml -n custom",
      "  sandjar create namespace custom"
    })
public final class CreateCommand implements Callable<Integer> {
  private final Context context;
  private final KubeApi api;

  @Option(
      names = {"-f", "--filename"},
      paramLabel = "FILE",
      description = "A manifest, a folder of them, or - for stdin; may be repeated.")
  private List<String> files;

  @Parameters(
      arity = "0..2",
      paramLabel = "namespace NAME",
      description = "A namespace, where no file is given.")
  private List<String> words = List.of();

  @Mixin private NamespaceOption namespace;

  public CreateCommand(Context context) {
    this.context = context;
    this.api = new KubeApi(context);
  }

  @Override
  public Integer call() throws IOException {
    if (files != null && words.isEmpty()) {
      for (var object : new Manifests(context.in()).read(files)) {
        create(object);
      }
      return 0;
    }
    if (files == null
        && words.size() == 2
        && ResourceType.named(words.get(0)).equals(ResourceType.NAMESPACE)) {
      create(
          Map.of(
              "apiVersion", "v1", "kind", "Namespace", "metadata", Map.of("name", words.get(1))));
      return 0;
    }
    throw new CommandException("either -f FILE or namespace NAME must be given");
  }

  private void create(Map<String, Object> object) throws IOException {
    var type =
        ResourceType.ofKind(
            String.valueOf(object.get("apiVersion")), String.valueOf(object.get("kind")));
    var name = KubeApi.metadata(object, "name");
    var where =
        namespace.namespace(KubeApi.metadata(object, "namespace"), type.singular() + "/" + name);
    var created = api.create(type.path(where), object);
    context.out().println(type.singular() + "/" + KubeApi.metadata(created, "name") + " created");
  }
}
