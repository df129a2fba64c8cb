package io.sandjar.cli.command.image;

import io.sandjar.cli.Context;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The group of commands for images. */
@Command(
    name = "image",
    description = {
      "Pulls, lists, removes, loads and saves images.",
      "",
      "  sandjar image pull busybox",
      "  sandjar image ls",
      "  sandjar image save busybox -o busybox.tar"
    })
public final class ImageCommand implements Runnable {
  @Spec private CommandSpec spec;

  private ImageCommand() {}

  /** The group with all that is in it. */
  public static CommandLine line(Context context) {
    return new CommandLine(new ImageCommand())
        .addSubcommand(new ImagePullCommand(context))
        .addSubcommand(new ImageListCommand(context))
        .addSubcommand(new ImageInspectCommand(context))
        .addSubcommand(new ImageRemoveCommand(context))
        .addSubcommand(new ImageLoadCommand(context))
        .addSubcommand(new ImageSaveCommand(context))
        .addSubcommand(new ImageImportCommand(context))
        .addSubcommand(new ImagePruneCommand(context));
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "a command is needed: pull, ls, inspect, rm, load, save, import, prune");
  }
}
