package io.sandjar.cli.command;

import io.sandjar.cli.CommandException;
import io.sandjar.cli.Context;
import io.sandjar.cli.kube.DryRunOption;
import io.sandjar.cli.kube.FilesOption;
import io.sandjar.cli.kube.KubeApi;
import io.sandjar.cli.kube.NamespaceOption;
import io.sandjar.cli.kube.ObjectFinder;
import io.sandjar.cli.kube.SelectorOption;
import io.sandjar.cli.output.OutputOption;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Creates objects, and refuses those that are there already. */
@Command(
    name = "create",
    description = {
      "Creates objects from manifests, or what the commands below say.",
      "",
      "  sandjar create namespace custom",
      "  sandjar create -f pod.yaml -n custom",
      "  sandjar create configmap colors --from-literal=sky=blue",
      "  sandjar create secret generic login --from-literal=user=me"
    })
public final class CreateCommand implements Callable<Integer> {
  private final Context context;

  @Mixin private FilesOption files;
  @Mixin private NamespaceOption namespace;
  @Mixin private DryRunOption dryRun;
  @Mixin private OutputOption output;

  private CreateCommand(Context context) {
    this.context = context;
  }

  /** With the commands for single kinds below it. */
  public static CommandLine line(Context context) {
    var create = new CreateCommand(context);
    var secret =
        new CommandLine(new CreateSecretCommand())
            .addSubcommand(new CreateSecretCommand.Generic(create));
    return new CommandLine(create)
        .addSubcommand(new CreateNamespaceCommand(create))
        .addSubcommand(new CreateConfigMapCommand(create))
        .addSubcommand(secret);
  }

  /** The namespace of a command below: its own, or as in {@code create -n custom configmap a}. */
  NamespaceOption namespace(NamespaceOption own) {
    return own.or(namespace);
  }

  /** What a command below creates with, by its own options or those before it. */
  Creation creation(DryRunOption ownDryRun, OutputOption ownOutput) {
    if (files.isGiven()) {
      throw new CommandException(
          "-f FILE is for 'sandjar create' alone: what is created here has a name and options");
    }
    return new Creation(context, ownDryRun.or(dryRun), ownOutput.or(output));
  }

  @Override
  public Integer call() throws IOException {
    if (!files.isGiven()) {
      throw new CommandException(
          "-f FILE must be given, or namespace, configmap or secret; see 'sandjar create --help'");
    }
    var finder = new ObjectFinder(new KubeApi(context), namespace, new SelectorOption());
    var creation = new Creation(context, dryRun, output);
    return files.forEach(context, "creating", object -> creation.create(finder.of(object), object));
  }
}
