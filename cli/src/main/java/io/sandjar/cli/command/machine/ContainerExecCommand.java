package io.sandjar.cli.command.machine;

import io.sandjar.cli.Context;
import io.sandjar.cli.http.HttpRequest;
import io.sandjar.cli.kube.KubeApi;
import io.sandjar.cli.stream.RemoteSession;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Runs a command in a container. */
@Command(
    name = "exec",
    description = {
      "Runs a command in a container, and ends with its exit status.",
      "",
      "  sandjar container exec sh ls /",
      "  sandjar container exec -it sh sh",
      "  echo hello | sandjar container exec -i sh cat"
    })
final class ContainerExecCommand implements Callable<Integer> {
  private final Context context;

  @Option(
      names = {"-i", "--stdin"},
      description = "What is typed, or piped in, goes to it.")
  private boolean stdin;

  @Option(
      names = {"-t", "--tty"},
      description = "On a terminal, which is this one.")
  private boolean tty;

  @Parameters(index = "0", paramLabel = "CONTAINER", description = "A name or an id.")
  private String container;

  @Parameters(index = "1..*", arity = "1..*", paramLabel = "COMMAND", description = "The command.")
  private List<String> command;

  ContainerExecCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() throws IOException {
    var words = command.get(0).equals("--") ? command.subList(1, command.size()) : command;
    var query =
        KubeApi.query(RemoteSession.streams(stdin, tty))
            + words.stream()
                .map(word -> "&command=" + HttpRequest.encode(word))
                .collect(Collectors.joining());
    return new RemoteSession(context)
        .run(MachineApi.container(container) + "/exec" + query, stdin, tty);
  }
}
