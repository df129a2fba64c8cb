package io.sandjar.cli.command;

import io.sandjar.cli.Context;
import io.sandjar.cli.kube.KubeApi;
import io.sandjar.cli.kube.NamespaceOption;
import io.sandjar.cli.kube.PodContainer;
import io.sandjar.cli.kube.ResourceType;
import io.sandjar.cli.stream.RemoteSession;
import io.sandjar.cli.stream.SessionOptions;
import io.sandjar.cli.terminal.EndKeys;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Joins the streams of a container's main process. */
@Command(
    name = "attach",
    description = {
      "Joins the streams of a container that runs.",
      "",
      "  sandjar attach echo",
      "  sandjar attach -it shell -c app"
    })
public final class AttachCommand implements Callable<Integer> {
  private final Context context;

  @Parameters(paramLabel = "POD", description = "The pod.")
  private String pod;

  @Mixin private NamespaceOption namespace;
  @Mixin private SessionOptions session;

  @Option(
      names = {"-c", "--container"},
      paramLabel = "CONTAINER",
      description = "The container.")
  private String container;

  public AttachCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() throws IOException {
    var path = ResourceType.POD.path(namespace.namespace(), ResourceType.podName(pod));
    attach(context, path, container, session);
    return 0;
  }

  /** Also the end of {@code run -it}. */
  static void attach(Context context, String path, String container, SessionOptions session)
      throws IOException {
    var found = new KubeApi(context).get(path);
    var name = container == null ? PodContainer.defaultOf(context, found) : container;
    var spec = PodContainer.find(found, name).orElse(Map.of());
    boolean hasTerminal = Boolean.TRUE.equals(spec.get("tty"));
    boolean terminal = hasTerminal && session.terminal(context);
    if (session.wantsTerminal() && !hasTerminal) {
      context
          .err()
          .println("error: Unable to use a TTY - container " + name + " did not allocate one");
    }
    if (session.stdin() && !session.quiet()) {
      context.err().println("If you don't see a command prompt, try pressing enter.");
    }
    context.err().flush();
    var query = RemoteSession.streams(session.stdin(), hasTerminal);
    query.put("container", name);
    var remote = path + "/attach" + KubeApi.query(query);
    if (session.stdin() && hasTerminal && !terminal && Boolean.TRUE.equals(spec.get("stdinOnce"))) {
      // Nobody else will type there: a file or a pipe that has ended is the end of its input.
      new RemoteSession(context)
          .run(remote, new EndKeys(context.in()), context.out(), context.err());
    } else {
      new RemoteSession(context).run(remote, session.stdin(), terminal);
    }
  }
}
