package io.sandjar.cli.command;

import io.sandjar.cli.CommandException;
import io.sandjar.cli.Context;
import io.sandjar.cli.ServerException;
import io.sandjar.cli.kube.DryRunOption;
import io.sandjar.cli.kube.KubeApi;
import io.sandjar.cli.kube.NamespaceOption;
import io.sandjar.cli.kube.ObjectRef;
import io.sandjar.cli.kube.ObjectWatch;
import io.sandjar.cli.kube.ResourceType;
import io.sandjar.cli.output.OutputOption;
import io.sandjar.cli.stream.LogStreams;
import io.sandjar.cli.stream.SessionOptions;
import io.sandjar.cli.terminal.AtExit;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Runs an image as a pod of one container. */
@Command(
    name = "run",
    description = {
      "Runs an image as a pod of one container.",
      "",
      "  sandjar run web --image=nginx --port=80 --labels=app=web",
      "  sandjar run -it --rm try --image=busybox --restart=Never -- sh",
      "  sandjar run web --image=nginx --dry-run=client -o yaml"
    })
public final class RunCommand implements Callable<Integer> {
  private static final int NOT_FOUND = 404;

  private final Context context;
  private final KubeApi api;

  @Parameters(
      arity = "1..*",
      paramLabel = "NAME [-- ARGS]",
      description = "The pod's name, and after -- the arguments of its program.")
  private List<String> words;

  @Option(names = "--image", required = true, paramLabel = "IMAGE", description = "The image.")
  private String image;

  @Option(
      names = "--image-pull-policy",
      paramLabel = "POLICY",
      description = "Always, IfNotPresent or Never.")
  private String pullPolicy;

  @Option(names = "--env", paramLabel = "NAME=VALUE", description = "An environment variable.")
  private List<String> environment = List.of();

  @Option(names = "--port", paramLabel = "PORT", description = "The port that it serves.")
  private Integer port;

  @Option(
      names = {"-l", "--labels"},
      paramLabel = "KEY=VALUE",
      split = ",",
      description = "Labels (run=NAME).")
  private List<String> labels = List.of();

  @Option(names = "--annotations", paramLabel = "KEY=VALUE", description = "An annotation.")
  private List<String> annotations = List.of();

  @Option(
      names = "--restart",
      paramLabel = "POLICY",
      description = "Always (the default), OnFailure or Never.")
  private String restart = "Always";

  @Option(names = "--privileged", description = "With all rights of the machine.")
  private boolean privileged;

  @Option(names = "--rm", description = "Delete the pod when it has ended; with -i or --attach.")
  private boolean remove;

  @Option(names = "--attach", description = "Join its output; -i does so too.")
  private boolean attach;

  @Option(names = "--command", description = "What follows -- is the program, not its arguments.")
  private boolean command;

  /** Whether the pod of --rm is on its way out. */
  private volatile boolean deleted;

  @Mixin private SessionOptions session;
  @Mixin private NamespaceOption namespace;
  @Mixin private DryRunOption dryRun;
  @Mixin private OutputOption output;

  public RunCommand(Context context) {
    this.context = context;
    this.api = new KubeApi(context);
  }

  @Override
  public Integer call() throws IOException {
    boolean joins = attach || session.stdin();
    if (joins && dryRun.isOn()) {
      throw new CommandException(
          "--dry-run can't be used with attached containers options (--attach, --stdin, or --tty)");
    }
    if (remove && !joins) {
      throw new CommandException("--rm should only be used for attached containers");
    }
    if (!List.of("Always", "OnFailure", "Never").contains(restart)) {
      throw new CommandException(
          "invalid restart policy: " + restart + "; use Always, OnFailure or Never");
    }
    var pod = new ObjectRef(ResourceType.POD, namespace.namespace(), words.get(0));
    if (!joins) {
      new Creation(context, dryRun, output).create(pod, manifest());
      return 0;
    }
    api.create(ResourceType.POD.path(pod.where()), manifest());
    return remove ? joinAndDelete(pod) : join(pod);
  }

  /** The pod goes also where a Ctrl-C ends the command, perhaps while it waits for an image. */
  @SuppressWarnings("try") // what is done at the end is only there to be done
  private int joinAndDelete(ObjectRef pod) throws IOException {
    int status;
    try (var deletion = AtExit.of(() -> delete(pod))) {
      status = join(pod);
    } finally {
      if (deleted) {
        ObjectWatch.await(api, pod, OptionalLong.empty(), Optional::isEmpty);
      }
    }
    return deleted ? status : Math.max(1, status);
  }

  private void delete(ObjectRef pod) {
    context.out().flush();
    try {
      api.delete(pod.path());
      deleted = true;
      context.err().println("pod \"" + pod.name() + "\" deleted");
    } catch (IOException e) {
      // Somebody else may have deleted it.
      deleted = e instanceof ServerException refusal && refusal.code() == NOT_FOUND;
      if (!deleted) {
        context.err().println("error: " + pod.shown() + " is not deleted: " + e.getMessage());
      }
    }
    context.err().flush();
  }

  private int join(ObjectRef pod) throws IOException {
    ObjectWatch.await(
        api, pod, OptionalLong.empty(), state -> state.isEmpty() || hasBegun(state.get()));
    var phase = phase(api.get(pod.path()));
    if (phase.equals("Running")) {
      AttachCommand.attach(context, pod.path(), null, session);
    } else {
      var logs = new LogStreams(context);
      logs.add(pod.path() + "/log", "");
      logs.print(false);
    }
    return restart.equals("Always") ? 0 : exitStatus(pod);
  }

  private static boolean hasBegun(Map<String, Object> pod) {
    return List.of("Running", "Succeeded", "Failed").contains(phase(pod));
  }

  private static String phase(Map<String, Object> pod) {
    return String.valueOf(KubeApi.map(pod, "status").get("phase"));
  }

  private int exitStatus(ObjectRef pod) throws IOException {
    ObjectWatch.await(
        api,
        pod,
        OptionalLong.empty(),
        state -> state.isEmpty() || List.of("Succeeded", "Failed").contains(phase(state.get())));
    for (var status :
        KubeApi.maps(KubeApi.map(api.get(pod.path()), "status"), "containerStatuses")) {
      var terminated = KubeApi.map(KubeApi.map(status, "state"), "terminated");
      if (terminated.get("exitCode") instanceof Number code && code.intValue() != 0) {
        context.out().flush();
        context
            .err()
            .println(
                "pod %s/%s terminated (%s)"
                    .formatted(pod.where().name(), pod.name(), terminated.get("reason")));
        return code.intValue();
      }
    }
    return 0;
  }

  private Map<String, Object> manifest() {
    var metadata = new LinkedHashMap<String, Object>(namespace.metadata(words.get(0)));
    metadata.put(
        "labels", labels.isEmpty() ? Map.of("run", words.get(0)) : pairs("--labels", labels));
    if (!annotations.isEmpty()) {
      metadata.put("annotations", pairs("--annotations", annotations));
    }
    var pod = Creation.object("Pod", metadata);
    var spec = new LinkedHashMap<String, Object>();
    spec.put("containers", List.of(container()));
    spec.put("dnsPolicy", "ClusterFirst");
    spec.put("restartPolicy", restart);
    pod.put("spec", spec);
    pod.put("status", Map.of());
    return pod;
  }

  private Map<String, Object> container() {
    var container = new LinkedHashMap<String, Object>();
    container.put("name", words.get(0));
    container.put("image", image);
    container.put("resources", Map.of());
    if (words.size() > 1) {
      container.put(command ? "command" : "args", words.subList(1, words.size()));
    }
    if (!environment.isEmpty()) {
      container.put(
          "env",
          pairs("--env", environment).entrySet().stream()
              .map(pair -> Map.of("name", pair.getKey(), "value", pair.getValue()))
              .toList());
    }
    if (port != null) {
      container.put("ports", List.of(Map.of("containerPort", port)));
    }
    if (pullPolicy != null) {
      container.put("imagePullPolicy", pullPolicy);
    }
    if (privileged) {
      container.put("securityContext", Map.of("privileged", true));
    }
    if (session.stdin()) {
      container.put("stdin", true);
      container.put("stdinOnce", true);
    }
    if (session.wantsTerminal()) {
      container.put("tty", true);
    }
    return container;
  }

  private static Map<String, String> pairs(String option, List<String> given) {
    var pairs = new LinkedHashMap<String, String>();
    for (var pair : given) {
      int equals = pair.indexOf('=');
      if (equals <= 0) {
        throw new CommandException(option + " needs KEY=VALUE, and there is \"" + pair + "\"");
      }
      pairs.put(pair.substring(0, equals), pair.substring(equals + 1));
    }
    return pairs;
  }
}
