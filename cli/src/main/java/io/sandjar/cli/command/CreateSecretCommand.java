package io.sandjar.cli.command;

import io.sandjar.cli.CommandException;
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
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The group of commands that create secrets. */
@Command(
    name = "secret",
    description = {
      "Creates a secret.",
      "",
      "  sandjar create secret generic login --from-literal=user=me"
    })
final class CreateSecretCommand implements Runnable {

  @Override
  public void run() {
    throw new CommandException("a kind of secret is needed: sandjar create secret generic NAME");
  }

  /** Creates a secret from values and files. */
  @Command(
      name = "generic",
      description = {
        "Creates a secret from values and files.",
        "",
        "  sandjar create secret generic login --from-literal=user=me"
      })
  static final class Generic implements Callable<Integer> {
    private final CreateCommand create;

    @Parameters(paramLabel = "NAME", description = "Its name.")
    private String name;

    @Option(names = "--type", paramLabel = "TYPE", description = "What it is for (Opaque).")
    private String type;

    @Mixin private KeyValuesOption values;
    @Mixin private NamespaceOption namespace;
    @Mixin private DryRunOption dryRun;
    @Mixin private OutputOption output;

    Generic(CreateCommand create) {
      this.create = create;
    }

    @Override
    public Integer call() throws IOException {
      var in = create.namespace(namespace);
      var object = Creation.object("Secret", in.metadata(name));
      var data = new LinkedHashMap<String, Object>();
      values
          .read()
          .forEach((key, bytes) -> data.put(key, Base64.getEncoder().encodeToString(bytes)));
      if (!data.isEmpty()) {
        object.put("data", data);
      }
      if (type != null) {
        object.put("type", type);
      }
      var where = new ObjectRef(ResourceType.SECRET, in.namespace(), name);
      create.creation(dryRun, output).create(where, object);
      return 0;
    }
  }
}
