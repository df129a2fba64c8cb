package io.sandjar.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.ISetter;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ScopeType;

/**
 * The options that every command takes. Written against picocli's model, not its annotations, since
 * the proxies that the JDK makes for annotations would be felt at each start.
 */
final class SandjarCommand {
  static final String SOCKET = "--socket";
  static final List<String> VERBOSE = List.of("-v", "--verbose");

  private SandjarCommand() {}

  static CommandLine create(Context context) {
    var spec = CommandSpec.wrapWithoutInspection(null).name("sandjar");
    spec.addOption(
        OptionSpec.builder(SOCKET)
            .paramLabel("FILE")
            .type(Path.class)
            .scopeType(ScopeType.INHERIT)
            .description("The daemon's HTTP socket (SANDJAR_SOCKET, or /run/sandjar/api.sock).")
            .setter(setter(value -> context.socketOption((Path) value)))
            .build());
    spec.addOption(
        OptionSpec.builder(VERBOSE.toArray(String[]::new))
            .type(boolean.class)
            .scopeType(ScopeType.INHERIT)
            .description("Tell each request to the daemon on stderr.")
            .setter(setter(value -> context.verbose((Boolean) value)))
            .build());
    spec.addOption(
        OptionSpec.builder("-h", "--help")
            .usageHelp(true)
            .scopeType(ScopeType.INHERIT)
            .description("Print this help.")
            .build());
    return new CommandLine(spec);
  }

  /** Gives the help of every command below the same shape. */
  static void layOutHelp(CommandLine line) {
    line.getCommandSpec()
        .usageMessage()
        .optionListHeading("%nOptions:%n")
        .parameterListHeading("%nArguments:%n")
        .commandListHeading("%nCommands:%n");
    line.getSubcommands().values().forEach(SandjarCommand::layOutHelp);
  }

  private static ISetter setter(Consumer<Object> target) {
    return new ISetter() {
      @Override
      public <T> T set(T value) {
        if (value != null) {
          target.accept(value);
        }
        return value;
      }
    };
  }
}
