package io.sandjar.cli.command;

import io.sandjar.cli.kube.DryRunOption;
import io.sandjar.cli.kube.KeyValuesOption;
import io.sandjar.cli.kube.NamespaceOption;
import io.sandjar.cli.kube.ObjectRef;
import io.sandjar.cli.kube.ResourceType;
import io.sandjar.cli.output.OutputOption;
import java.io.IOException;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Creates a config map from values and files. */
@Command(
    name = "configmap",
    aliases = "cm",
    description = {
      "Creates a config map from values and files.",
      "",
      "  sandjar create configmap colors --from-literal=sky=blue"
    })
final class CreateConfigMapCommand implements Callable<Integer> {
  private final CreateCommand create;

  @Parameters(paramLabel = "NAME", description = "Its name.")
  private String name;

  @Mixin private KeyValuesOption values;
  @Mixin private NamespaceOption namespace;
  @Mixin private DryRunOption dryRun;
  @Mixin private OutputOption output;

  CreateConfigMapCommand(CreateCommand create) {
    this.create = create;
  }

  @Override
  public Integer call() throws IOException {
    var in = create.namespace(namespace);
    var object = Creation.object("ConfigMap", in.metadata(name));
    var data = new LinkedHashMap<String, Object>();
    var binary = new LinkedHashMap<String, Object>();
    values
        .read()
        .forEach(
            (key, bytes) ->
                KeyValuesOption.text(bytes)
                    .ifPresentOrElse(
                        text -> data.put(key, text),
                        () -> binary.put(key, Base64.getEncoder().encodeToString(bytes))));
    if (!data.isEmpty()) {
      object.put("data", data);
    }
    if (!binary.isEmpty()) {
      object.put("binaryData", binary);
    }
    var where = new ObjectRef(ResourceType.CONFIG_MAP, in.namespace(), name);
    create.creation(dryRun, output).create(where, object);
    return 0;
  }
}
