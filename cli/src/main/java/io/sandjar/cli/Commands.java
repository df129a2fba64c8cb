package io.sandjar.cli;

import io.sandjar.cli.command.CompletionCommand;
import io.sandjar.cli.command.DaemonCommand;
import io.sandjar.cli.command.VersionCommand;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Every command of sandjar, in the order that help lists them. Only the one that is called is
 * constructed: reading the annotations of all would be felt at each start.
 */
final class Commands {

  /**
   * @param summary one line for the list in help
   * @param command makes the picocli command
   */
  record Entry(String group, String name, String summary, Function<Context, Object> command) {}

  private static final String OTHER = "Other commands";

  private static final List<Entry> ALL =
      List.of(
          new Entry(
              OTHER, "daemon", "Run the daemon in the foreground", context -> new DaemonCommand()),
          new Entry(
              OTHER,
              "completion",
              "Print the shell completion for bash or zsh",
              context ->
                  new CompletionCommand(context, () -> new Main(context).line(Commands.all()))),
          new Entry(
              OTHER, "version", "Print the versions of command and daemon", VersionCommand::new));

  private Commands() {}

  static List<Entry> all() {
    return ALL;
  }

  static Optional<Entry> named(String name) {
    return ALL.stream().filter(entry -> entry.name().equals(name)).findFirst();
  }
}
