package io.sandjar.cli.command.machine;

import io.sandjar.cli.Context;
import io.sandjar.cli.kube.KubeApi;
import io.sandjar.cli.output.Documents;
import io.sandjar.cli.output.OutputOption;
import io.sandjar.cli.stream.RemoteSession;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The group of commands for single containers. */
@Command(
    name = "container",
    description = {
      "Makes, runs and looks at single containers, by hand.",
      "One is named by NAME, POD/NAME, its id, or the beginning of that.",
      "",
      "  sandjar sandbox run --name box",
      "  sandjar container create box --image busybox --name sh -- sleep 1000",
      "  sandjar container start sh",
      "  sandjar container exec -it sh sh",
      "  sandjar container logs sh",
      "  sandjar container rm --force sh"
    })
public final class ContainerCommand implements Runnable {
  private final Context context;
  private final MachineApi api;

  @Spec private CommandSpec spec;

  private ContainerCommand(Context context) {
    this.context = context;
    this.api = new MachineApi(context);
  }

  /** The group with all that is in it. */
  public static CommandLine line(Context context) {
    return new CommandLine(new ContainerCommand(context))
        .addSubcommand(new ContainerCreateCommand(context))
        .addSubcommand(new CommandLine(new ContainerExecCommand(context)).setStopAtPositional(true))
        .addSubcommand(new ContainerLogsCommand(context))
        .addSubcommand(new ContainerStatsCommand(context));
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "a command is needed: create, start, stop, rm, exec, attach, logs, ls, inspect, stats");
  }

  @Command(
      name = "ls",
      aliases = {"list", "ps"},
      description = {
        "Lists the containers that run, the newest first.",
        "",
        "  sandjar container ls",
        "  sandjar container ls --all"
      })
  int list(
      @Mixin MachineList list,
      @Option(
              names = {"-a", "--all"},
              description = "Also those that wait or have ended.")
          boolean all,
      @Option(
              names = {"-p", "--pod"},
              paramLabel = "POD",
              description = "Only those of a pod of that name.")
          String pod)
      throws IOException {
    list.print(
        context,
        MachineApi.path("containers"),
        item ->
            (all || "running".equals(item.get("state")))
                && (pod == null || pod.equals(item.get("pod"))),
        List.of("CONTAINER", "POD", "NAME", "ATTEMPT", "IMAGE", "STATE", "AGE"),
        ContainerCommand::row);
    return 0;
  }

  private static List<String> row(Map<String, Object> item) {
    return List.of(
        MachineApi.shortId(MachineApi.text(item, "id")),
        MachineApi.text(item, "pod"),
        MachineApi.text(item, "name"),
        MachineApi.text(item, "attempt"),
        MachineApi.text(item, "image"),
        state(item),
        Age.of(item, "createdAt"));
  }

  private static String state(Map<String, Object> item) {
    return item.containsKey("exitCode")
        ? "exited (" + item.get("exitCode") + ")"
        : MachineApi.text(item, "state");
  }

  @Command(
      name = "inspect",
      description = {
        "Shows all that is known of containers.",
        "",
        "  sandjar container inspect sh -o yaml"
      })
  int inspect(
      @Parameters(arity = "1..*", paramLabel = "CONTAINER", description = "Names or ids.")
          List<String> words,
      @Mixin OutputOption output)
      throws IOException {
    return api.forEach(
        words,
        word -> {
          var tree = api.get(MachineApi.container(word));
          output.print(context, tree, () -> Documents.json(tree));
        });
  }

  @Command(
      name = "start",
      description = {"Starts containers that were created.", "", "  sandjar container start sh"})
  int start(
      @Parameters(arity = "1..*", paramLabel = "CONTAINER", description = "Names or ids.")
          List<String> words)
      throws IOException {
    return api.forEach(
        words,
        word -> {
          api.post(MachineApi.container(word) + "/start");
          context.out().println(word);
        });
  }

  @Command(
      name = "stop",
      description = {
        "Ends containers: their stop signal, and SIGKILL when they take too long.",
        "",
        "  sandjar container stop --timeout 2 sh"
      })
  int stop(
      @Parameters(arity = "1..*", paramLabel = "CONTAINER", description = "Names or ids.")
          List<String> words,
      @Option(
              names = {"-t", "--timeout"},
              paramLabel = "SECONDS",
              description = "How long they have (10).")
          Integer seconds)
      throws IOException {
    var query = seconds == null ? "" : "?timeout=" + seconds;
    return api.forEach(
        words,
        word -> {
          api.post(MachineApi.container(word) + "/stop" + query);
          context.out().println(word);
        });
  }

  @Command(
      name = "rm",
      aliases = "remove",
      description = {"Removes containers.", "", "  sandjar container rm --force sh"})
  int remove(
      @Parameters(arity = "1..*", paramLabel = "CONTAINER", description = "Names or ids.")
          List<String> words,
      @Option(
              names = {"-f", "--force"},
              description = "Also those that run.")
          boolean force)
      throws IOException {
    return api.forEach(
        words,
        word -> {
          api.delete(MachineApi.container(word) + (force ? "?force=true" : ""));
          context.out().println(word);
        });
  }

  @Command(
      name = "attach",
      description = {
        "Joins this terminal with a container's first process, as it was created: with --stdin,",
        "what is typed goes to it, and with --tty it has the terminal. It ends with the container.",
        "",
        "  sandjar container attach sh"
      })
  int attach(@Parameters(paramLabel = "CONTAINER", description = "A name or an id.") String word)
      throws IOException {
    var container = api.get(MachineApi.container(word));
    boolean stdin = Boolean.TRUE.equals(container.get("stdin"));
    boolean tty = Boolean.TRUE.equals(container.get("tty"));
    var path =
        MachineApi.container(MachineApi.text(container, "id"))
            + "/attach"
            + KubeApi.query(RemoteSession.streams(stdin, tty));
    return new RemoteSession(context).run(path, stdin, tty);
  }
}
