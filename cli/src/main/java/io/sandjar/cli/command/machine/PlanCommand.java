package io.sandjar.cli.command.machine;

import io.sandjar.cli.CommandException;
import io.sandjar.cli.Context;
import io.sandjar.cli.ServerException;
import io.sandjar.cli.kube.FilesOption;
import io.sandjar.cli.kube.KubeApi;
import io.sandjar.cli.kube.NamespaceOption;
import io.sandjar.cli.kube.PodContainer;
import io.sandjar.cli.kube.ResourceType;
import io.sandjar.cli.output.OutputOption;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Shows a container's launch program. */
@Command(
    name = "plan",
    description = {
      "Shows every syscall that starts a container, step by step: of one that runs or waits to,",
      "of one that a pod or, with -f, a manifest would have, or, with --image, of any other.",
      "Its command is not run.",
      "",
      "  sandjar plan echo",
      "  sandjar plan counter/app",
      "  sandjar plan -f pod.yaml",
      "  sandjar plan --image busybox --user 1000 --cap-drop ALL -- sleep 10"
    })
public final class PlanCommand implements Callable<Integer> {
  private static final int NOT_FOUND = 404;

  /** What has ended has no program any more. */
  private static final int CONFLICT = 409;

  private final Context context;
  private final MachineApi api;
  private final KubeApi pods;

  @Parameters(
      arity = "0..*",
      paramLabel = "POD[/CONTAINER]",
      description = "Or a container's id; with --image the command, after --.")
  private List<String> words = List.of();

  @Mixin private ContainerOptions options;

  @Mixin private FilesOption files;
  @Mixin private NamespaceOption namespace;
  @Mixin private OutputOption output;

  public PlanCommand(Context context) {
    this.context = context;
    this.api = new MachineApi(context);
    this.pods = new KubeApi(context);
  }

  @Override
  public Integer call() throws IOException {
    if (files.isGiven() && options.isGiven()) {
      throw new CommandException("either -f or --image says what to plan");
    }
    if (!options.isGiven() && words.size() != 1 && !(files.isGiven() && words.isEmpty())) {
      throw new CommandException("one POD[/CONTAINER] is needed, or -f or --image");
    }
    var plan = options.isGiven() ? byHand() : files.isGiven() ? ofManifest() : ofPod(words.get(0));
    output.print(context, plan, () -> listing(plan));
    return 0;
  }

  private Map<String, Object> byHand() throws IOException {
    new NeededImage(context).ensure(options.image());
    var config = options.config(words);
    var sandbox = new LinkedHashMap<String, Object>();
    var name = ContainerOptions.nameOf(options.image());
    sandbox.put("metadata", Map.of("name", name));
    sandbox.put("hostname", options.hasHostNetwork() ? "" : name);
    sandbox.put(
        "linux",
        Map.of(
            "security_context",
            Map.of(
                "privileged",
                options.isPrivileged(),
                "namespace_options",
                SandboxOptions.namespaces(options.hasHostNetwork(), options.pid()))));
    return api.post(MachineApi.path("plan"), Map.of("sandbox", sandbox, "container", config));
  }

  private Map<String, Object> ofManifest() throws IOException {
    var found = new ArrayList<Map<String, Object>>();
    var word = words.isEmpty() ? "" : words.get(0);
    for (var object : files.read(context)) {
      var named = word.isEmpty() || podOf(word).equals(KubeApi.metadata(object, "name"));
      if ("Pod".equals(object.get("kind")) && named) {
        found.add(object);
      }
    }
    if (found.size() != 1) {
      throw new CommandException(
          found.size() + " pods of the manifests are meant, and one is needed: say which");
    }
    var pod = found.get(0);
    if (PodContainer.all(pod).isEmpty()) {
      throw new CommandException("pod " + KubeApi.metadata(pod, "name") + " has no containers");
    }
    return wouldBe(pod, containerOf(word).orElseGet(() -> PodContainer.defaultOf(context, pod)));
  }

  /** Of what is there, and else of what the pod's object says. */
  private Map<String, Object> ofPod(String word) throws IOException {
    var where = namespace.namespace();
    var pod = pods.find(ResourceType.POD.path(where, podOf(word)));
    if (pod.isEmpty()) {
      return api.get(running(namespace.isGiven() ? where.name() + "/" + word : word));
    }
    var container = containerOf(word).orElseGet(() -> PodContainer.defaultOf(context, pod.get()));
    try {
      return api.get(running(where.name() + "/" + podOf(word) + "/" + container));
    } catch (ServerException e) {
      if (e.code() != NOT_FOUND && e.code() != CONFLICT) {
        throw e;
      }
      return wouldBe(pod.get(), container);
    }
  }

  private static String running(String word) {
    return MachineApi.container(word) + "/plan";
  }

  private static String podOf(String word) {
    int slash = word.indexOf('/');
    return slash < 0 ? word : word.substring(0, slash);
  }

  private static Optional<String> containerOf(String word) {
    int slash = word.indexOf('/');
    return slash < 0 ? Optional.empty() : Optional.of(word.substring(slash + 1));
  }

  private Map<String, Object> wouldBe(Map<String, Object> pod, String container)
      throws IOException {
    var image = PodContainer.find(pod, container).map(found -> found.get("image"));
    if (image.isPresent()) {
      new NeededImage(context).ensure(image.get().toString());
    }
    var complete = new LinkedHashMap<>(pod);
    var metadata = new LinkedHashMap<>(KubeApi.map(pod, "metadata"));
    if (namespace.isGiven()) {
      metadata.put("namespace", namespace.namespace().name());
    }
    complete.put("metadata", metadata);
    return api.post(MachineApi.path("plan/pod"), Map.of("pod", complete, "container", container));
  }

  private static String listing(Map<String, Object> plan) {
    var text = new StringBuilder();
    if (plan.get("lines") instanceof List<?> lines) {
      lines.forEach(line -> text.append(line).append('\n'));
    }
    return text.toString();
  }
}
