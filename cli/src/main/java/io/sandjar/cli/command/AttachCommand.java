package io.sandjar.cli.command;

import io.sandjar.cli.Context;
import io.sandjar.cli.kube.KubeApi;
import io.sandjar.cli.kube.NamespaceOption;
import io.sandjar.cli.kube.PodContainer;
import io.sandjar.cli.kube.ResourceType;
import io.sandjar.cli.stream.RemoteSession;
import io.sandjar.cli.stream.SessionOptions;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
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
    boolean terminal = hasTerminal(found, name) && session.terminal(context);
    if (session.wantsTerminal() && !hasTerminal(found, name)) {
      context
          .err()
          .println("error: Unable to use a TTY - container " + name + " did not allocate one");
    }
    if (session.stdin() && !session.quiet()) {
      context.err().println("If you don't see a command prompt, try pressing enter.");
    }
    context.err().flush();
    var query = RemoteSession.streams(session.stdin(), hasTerminal(found, name));
    query.put("container", name);
    new RemoteSession(context)
        .run(path + "/attach" + KubeApi.query(query), session.stdin(), terminal);
  }

  private static boolean hasTerminal(Map<String, Object> pod, String container) {
    var spec = KubeApi.map(pod, "spec");
    return Stream.of("containers", "initContainers", "ephemeralContainers")
        .map(list -> KubeApi.maps(spec, list))
        .flatMap(List::stream)
        .anyMatch(
            each -> container.equals(each.get("name")) && Boolean.TRUE.equals(each.get("tty")));
  }
}
