package io.sandjar.cli.command;

import io.sandjar.cli.CommandException;
import io.sandjar.cli.Context;
import java.util.function.Supplier;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Prints a script that lets a shell complete sandjar's commands and options. */
@Command(
    name = "completion",
    description = {
      "Prints a script that lets the shell complete sandjar's commands and options.",
      "",
      "  bash:  source <(sandjar completion bash)",
      "  zsh:   source <(sandjar completion zsh)"
    })
public final class CompletionCommand implements Runnable {
  /**
   * By the first line compinit knows what a file in a folder of completions is for. It reads the
   * file as a function, where the alias that the script makes for bash's compopt does not count.
   */
  private static final String ZSH_BEGIN =
      """
      #compdef sandjar
      functions[compopt]='complete "$@"'
      """;

  /** The function is called once, and is to complete then as the one that takes its place. */
  private static final String ZSH_END =
      """

      [ "${funcstack[1]}" != _sandjar ] || _bash_complete -o default -F _complete_sandjar
      """;

  private final Context context;
  private final Supplier<CommandLine> everyCommand;

  @Parameters(paramLabel = "SHELL", description = "bash or zsh.")
  private String shell;

  /**
   * @param everyCommand the whole command line, which only this command needs
   */
  public CompletionCommand(Context context, Supplier<CommandLine> everyCommand) {
    this.context = context;
    this.everyCommand = everyCommand;
  }

  @Override
  public void run() {
    if (!shell.equals("bash") && !shell.equals("zsh")) {
      throw new CommandException("there is a completion for bash and for zsh, not for " + shell);
    }
    // The script turns itself into a zsh one where zsh reads it.
    var script = AutoComplete.bash("sandjar", everyCommand.get());
    context.out().print(shell.equals("zsh") ? ZSH_BEGIN + script + ZSH_END : script);
  }
}
