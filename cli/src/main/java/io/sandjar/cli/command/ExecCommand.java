package io.sandjar.cli.command;

import io.sandjar.cli.CommandException;
import io.sandjar.cli.Context;
import io.sandjar.cli.http.HttpRequest;
import io.sandjar.cli.kube.KubeApi;
import io.sandjar.cli.kube.NamespaceOption;
import io.sandjar.cli.kube.PodContainer;
import io.sandjar.cli.kube.ResourceType;
import io.sandjar.cli.stream.RemoteSession;
import io.sandjar.cli.stream.SessionOptions;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Runs a command in a container of a pod. */
@Command(
    name = "exec",
    description = {
      "Runs a command in a container of a pod, and ends with its exit status.",
      "",
      "  sandjar exec echo -- hostname",
      "  sandjar exec -it echo -- sh",
      "  sandjar exec -it counter -c app -- sh"
    })
public final class ExecCommand implements Callable<Integer> {
  private final Context context;
  private final KubeApi api;

  @Parameters(
      arity = "1..*",
      paramLabel = "POD -- COMMAND",
      description = "The pod, and after -- the command with its arguments.")
  private List<String> words;

  @Mixin private NamespaceOption namespace;
  @Mixin private SessionOptions session;

  @Option(
      names = {"-c", "--container"},
      paramLabel = "CONTAINER",
      description = "The container.")
  private String container;

  public ExecCommand(Context context) {
    this.context = context;
    this.api = new KubeApi(context);
  }

  @Override
  public Integer call() throws IOException {
    if (!context.words().contains("--") || words.size() < 2) {
      throw new CommandException("a pod and a command are needed: sandjar exec POD -- COMMAND");
    }
    var path = ResourceType.POD.path(namespace.namespace(), ResourceType.podName(words.get(0)));
    var pod = api.get(path);
    var phase = String.valueOf(KubeApi.map(pod, "status").get("phase"));
    if (phase.equals("Succeeded") || phase.equals("Failed")) {
      throw new CommandException(
          "cannot exec into a container in a completed pod; current phase is " + phase);
    }
    boolean terminal = session.terminal(context);
    var query = RemoteSession.streams(session.stdin(), terminal);
    query.put("container", container == null ? PodContainer.defaultOf(context, pod) : container);
    var target = new StringBuilder(path + "/exec" + KubeApi.query(query));
    for (var word : words.subList(1, words.size())) {
      target.append("&command=").append(HttpRequest.encode(word));
    }
    int status = new RemoteSession(context).run(target.toString(), session.stdin(), terminal);
    if (status != 0) {
      context.err().println("command terminated with exit code " + status);
    }
    return status;
  }
}
