package io.sandjar.cli.command.machine;

import io.sandjar.cli.CommandException;
import io.sandjar.cli.Context;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Makes a pod sandbox. */
@Command(
    name = "run",
    description = {
      "Makes a pod sandbox and prints its id. A file is a CRI PodSandboxConfig, as crictl's are.",
      "",
      "  sandjar sandbox run --name box",
      "  sandjar sandbox run --name web -p 8080:80 --label app=web",
      "  echo '{\"metadata\": {\"name\": \"box\"}}' | sandjar sandbox run -"
    })
final class SandboxRunCommand implements Callable<Integer> {
  private final Context context;

  @Parameters(
      arity = "0..1",
      paramLabel = "FILE",
      description = "JSON or YAML; - for the standard input.")
  private String file;

  @Mixin private SandboxOptions options;

  SandboxRunCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() throws IOException {
    if ((file == null) != options.isNamed()) {
      throw new CommandException("either a file or --name says what to run");
    }
    var config = file == null ? options.config() : ConfigFile.read(context, file);
    var made = new MachineApi(context).post(MachineApi.path("sandboxes"), config);
    context.out().println(made.get("id"));
    return 0;
  }
}
