package io.sandjar.cli.command.machine;

import io.sandjar.cli.CommandException;
import io.sandjar.cli.Context;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Makes a container in a sandbox, ready to be started. */
@Command(
    name = "create",
    description = {
      "Makes a container in a sandbox, ready to be started, and prints its id.",
      "A file is a CRI ContainerConfig, as crictl's are.",
      "",
      "  sandjar sandbox run --name box",
      "  sandjar container create box --image busybox --name sh -- sleep 1000",
      "  sandjar container create box --file container.json"
    })
final class ContainerCreateCommand implements Callable<Integer> {
  private final Context context;

  @Parameters(index = "0", paramLabel = "SANDBOX", description = "A name or an id.")
  private String sandbox;

  @Parameters(
      index = "1..*",
      paramLabel = "COMMAND",
      description = "What it runs, after --; what the image says otherwise.")
  private List<String> command = List.of();

  @Option(
      names = {"-f", "--file"},
      paramLabel = "FILE",
      description = "JSON or YAML; - for the standard input.")
  private String file;

  @Mixin private ContainerOptions options;

  ContainerCreateCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() throws IOException {
    if ((file == null) != options.isGiven()) {
      throw new CommandException("either --file or --image says what to create");
    }
    var config = file == null ? options.config(command) : ConfigFile.read(context, file);
    if (config.get("image") instanceof Map<?, ?> image
        && image.get("image") instanceof String name) {
      new NeededImage(context).ensure(name);
    }
    var made = new MachineApi(context).post(MachineApi.sandbox(sandbox) + "/containers", config);
    context.out().println(made.get("id"));
    return 0;
  }
}
