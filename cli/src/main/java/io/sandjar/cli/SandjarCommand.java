package io.sandjar.cli;

import java.nio.file.Path;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The options that every command takes. */
@Command(
    name = "sandjar",
    synopsisHeading = "Usage: ",
    optionListHeading = "%nOptions:%n",
    parameterListHeading = "%nArguments:%n",
    usageHelpAutoWidth = true,
    scope = ScopeType.INHERIT)
final class SandjarCommand implements Runnable {
  private final Context context;

  @Spec private CommandLine.Model.CommandSpec spec;

  SandjarCommand(Context context) {
    this.context = context;
  }

  @Option(
      names = "--socket",
      paramLabel = "FILE",
      scope = ScopeType.INHERIT,
      description = "The daemon's HTTP socket (SANDJAR_SOCKET, or /run/sandjar/api.sock).")
  void socket(Path socket) {
    context.socketOption(socket);
  }

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Print this help.")
  private boolean help;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is needed");
  }
}
