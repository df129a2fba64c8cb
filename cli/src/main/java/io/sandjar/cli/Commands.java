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

  static final String PODS = "Pods and what belongs to them";
  private static final String MACHINE = "The machine";
  private static final String OTHER = "Other commands";

  private static final List<Entry> ALL =
      List.of(
          new Entry(PODS, "apply", "Make objects what their manifests say", ApplyCommand::new),
          new Entry(PODS, "run", "Run an image as a pod", RunCommand::new),
          new Entry(PODS, "create", "Create objects from manifests", CreateCommand::line),
          new Entry(PODS, "get", "Print one or many objects", GetCommand::new),
          new Entry(PODS, "describe", "Tell all of an object for people", DescribeCommand::new),
          new Entry(PODS, "events", "List what happened", EventsCommand::new),
          new Entry(PODS, "exec", "Run a command in a container", ExecCommand::new),
          new Entry(PODS, "attach", "Join the streams of a container", AttachCommand::new),
          new Entry(PODS, "cp", "Copy files to and from a container", CopyCommand::new),
          new Entry(
              PODS, "port-forward", "Make ports of a pod reachable here", PortForwardCommand::new),
          new Entry(PODS, "top", "Tell what pods and the node use", TopCommand::new),
          new Entry(PODS, "explain", "Tell what a field is for", ExplainCommand::new),
          new Entry(PODS, "edit", "Change an object in an editor", EditCommand::new),
          new Entry(PODS, "label", "Set and remove labels", LabelCommand::new),
          new Entry(PODS, "annotate", "Set and remove annotations", AnnotateCommand::new),
          new Entry(PODS, "wait", "Wait until objects are as wanted", WaitCommand::new),
          new Entry(PODS, "logs", "Print what a container has written", LogsCommand::new),
          new Entry(PODS, "delete", "Delete objects", DeleteCommand::new),
          new Entry(
              MACHINE, "sandbox", "Make and remove pod sandboxes by hand", SandboxCommand::line),
          new Entry(
              MACHINE,
              "container",
              "Make, run and look at single containers",
              ContainerCommand::line),
          new Entry(
              MACHINE, "image", "Pull, list, remove, load and save images", ImageCommand::line),
          new Entry(MACHINE, "net", "Show and change the pod network", NetCommand::line),
          new Entry(
              MACHINE, "plan", "Show every syscall that starts a container", PlanCommand::new),
          new Entry(MACHINE, "info", "Show how this node is set up", InfoCommand::new),
          new Entry(MACHINE, "doctor", "Look for what keeps pods from running", DoctorCommand::new),
          new Entry(
              MACHINE, "system", "Show what the disk holds, and give it back", SystemCommand::line),
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
