package io.sandjar.cli;

import io.sandjar.cli.command.AnnotateCommand;
import io.sandjar.cli.command.ApplyCommand;
import io.sandjar.cli.command.AttachCommand;
import io.sandjar.cli.command.CompletionCommand;
import io.sandjar.cli.command.CopyCommand;
import io.sandjar.cli.command.CreateCommand;
import io.sandjar.cli.command.DaemonCommand;
import io.sandjar.cli.command.DeleteCommand;
import io.sandjar.cli.command.DescribeCommand;
import io.sandjar.cli.command.EditCommand;
import io.sandjar.cli.command.EventsCommand;
import io.sandjar.cli.command.ExecCommand;
import io.sandjar.cli.command.ExplainCommand;
import io.sandjar.cli.command.GetCommand;
import io.sandjar.cli.command.LabelCommand;
import io.sandjar.cli.command.LogsCommand;
import io.sandjar.cli.command.NetCommand;
import io.sandjar.cli.command.PortForwardCommand;
import io.sandjar.cli.command.RunCommand;
import io.sandjar.cli.command.TopCommand;
import io.sandjar.cli.command.VersionCommand;
import io.sandjar.cli.command.WaitCommand;
import io.sandjar.cli.command.image.ImageCommand;
import io.sandjar.cli.command.machine.ContainerCommand;
import io.sandjar.cli.command.machine.DoctorCommand;
import io.sandjar.cli.command.machine.InfoCommand;
import io.sandjar.cli.command.machine.PlanCommand;
import io.sandjar.cli.command.machine.SandboxCommand;
import io.sandjar.cli.command.machine.SystemCommand;
import java.util.List;
import java.util.Optional;

/**
 * Every command of sandjar, in the order that help lists them. Only the one that is called is
 * constructed: loading the classes of all would be felt at each start.
 */
final class Commands {

  /**
   * @param summary one line for the list in help
   */
  record Entry(String group, String name, String summary) {

    /** The command itself: an object with picocli's annotations, or a picocli command line. */
    Object command(Context context) {
      return switch (name) {
        case "apply" -> new ApplyCommand(context);
        case "run" -> new RunCommand(context);
        case "create" -> CreateCommand.line(context);
        case "get" -> new GetCommand(context);
        case "describe" -> new DescribeCommand(context);
        case "events" -> new EventsCommand(context);
        case "exec" -> new ExecCommand(context);
        case "attach" -> new AttachCommand(context);
        case "cp" -> new CopyCommand(context);
        case "port-forward" -> new PortForwardCommand(context);
        case "top" -> new TopCommand(context);
        case "explain" -> new ExplainCommand(context);
        case "edit" -> new EditCommand(context);
        case "label" -> new LabelCommand(context);
        case "annotate" -> new AnnotateCommand(context);
        case "wait" -> new WaitCommand(context);
        case "logs" -> new LogsCommand(context);
        case "delete" -> new DeleteCommand(context);
        case "sandbox" -> SandboxCommand.line(context);
        case "container" -> ContainerCommand.line(context);
        case "image" -> ImageCommand.line(context);
        case "net" -> NetCommand.line(context);
        case "plan" -> new PlanCommand(context);
        case "info" -> new InfoCommand(context);
        case "doctor" -> new DoctorCommand(context);
        case "system" -> SystemCommand.line(context);
        case "daemon" -> new DaemonCommand();
        case "completion" ->
            new CompletionCommand(context, () -> new Main(context).line(Commands.all()));
        case "version" -> new VersionCommand(context);
        default -> throw new IllegalArgumentException("no command is called " + name);
      };
    }
  }

  static final String PODS = "Pods and what belongs to them";
  private static final String MACHINE = "The machine";
  private static final String OTHER = "Other commands";

  private static final List<Entry> ALL =
      List.of(
          new Entry(PODS, "apply", "Make objects what their manifests say"),
          new Entry(PODS, "run", "Run an image as a pod"),
          new Entry(PODS, "create", "Create objects from manifests"),
          new Entry(PODS, "get", "Print one or many objects"),
          new Entry(PODS, "describe", "Tell all of an object for people"),
          new Entry(PODS, "events", "List what happened"),
          new Entry(PODS, "exec", "Run a command in a container"),
          new Entry(PODS, "attach", "Join the streams of a container"),
          new Entry(PODS, "cp", "Copy files to and from a container"),
          new Entry(PODS, "port-forward", "Make ports of a pod reachable here"),
          new Entry(PODS, "top", "Tell what pods and the node use"),
          new Entry(PODS, "explain", "Tell what a field is for"),
          new Entry(PODS, "edit", "Change an object in an editor"),
          new Entry(PODS, "label", "Set and remove labels"),
          new Entry(PODS, "annotate", "Set and remove annotations"),
          new Entry(PODS, "wait", "Wait until objects are as wanted"),
          new Entry(PODS, "logs", "Print what a container has written"),
          new Entry(PODS, "delete", "Delete objects"),
          new Entry(MACHINE, "sandbox", "Make and remove pod sandboxes by hand"),
          new Entry(MACHINE, "container", "Make, run and look at single containers"),
          new Entry(MACHINE, "image", "Pull, list, remove, load and save images"),
          new Entry(MACHINE, "net", "Show and change the pod network"),
          new Entry(MACHINE, "plan", "Show every syscall that starts a container"),
          new Entry(MACHINE, "info", "Show how this node is set up"),
          new Entry(MACHINE, "doctor", "Look for what keeps pods from running"),
          new Entry(MACHINE, "system", "Show what the disk holds, and give it back"),
          new Entry(OTHER, "daemon", "Run the daemon in the foreground"),
          new Entry(OTHER, "completion", "Print the shell completion for bash or zsh"),
          new Entry(OTHER, "version", "Print the versions of command and daemon"));

  private Commands() {}

  static List<Entry> all() {
    return ALL;
  }

  static Optional<Entry> named(String name) {
    for (var entry : ALL) {
      if (entry.name().equals(name)) {
        return Optional.of(entry);
      }
    }
    return Optional.empty();
  }
}
