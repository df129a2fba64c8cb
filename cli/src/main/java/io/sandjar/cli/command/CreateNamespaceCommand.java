package io.sandjar.cli.command;

import io.sandjar.cli.kube.DryRunOption;
import io.sandjar.cli.kube.Namespaced;
import io.sandjar.cli.kube.ObjectRef;
import io.sandjar.cli.kube.ResourceType;
import io.sandjar.cli.output.OutputOption;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Creates a namespace. */
@Command(
    name = "namespace",
    aliases = "ns",
    description = {"Creates a namespace.", "", "  sandjar create namespace custom"})
final class CreateNamespaceCommand implements Callable<Integer> {
  private final CreateCommand create;

  @Parameters(paramLabel = "NAME", description = "Its name.")
  private String name;

  @Mixin private DryRunOption dryRun;
  @Mixin private OutputOption output;

  CreateNamespaceCommand(CreateCommand create) {
    this.create = create;
  }

  @Override
  public Integer call() throws IOException {
    var object = Creation.object("Namespace", Map.of("name", name));
    object.put("spec", Map.of());
    object.put("status", Map.of());
    var where = new ObjectRef(ResourceType.NAMESPACE, Namespaced.in(Namespaced.DEFAULT), name);
    create.creation(dryRun, output).create(where, object);
    return 0;
  }
}
