package io.sandjar.cli.command.machine;

import io.sandjar.cli.CommandException;
import io.sandjar.cli.Context;
import io.sandjar.cli.output.OutputOption;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Shows a container's launch program. */
@Command(
    name = "plan",
    description = {
      "Shows every syscall that starts a container, step by step: of one that runs or waits to,",
      "or, with --image, of one that is not there. Nothing of it is run.",
      "",
      "  sandjar plan echo",
      "  sandjar plan counter/app",
      "  sandjar plan --image busybox --user 1000 --cap-drop ALL -- sleep 10"
    })
public final class PlanCommand implements Callable<Integer> {
  private final Context context;
  private final MachineApi api;

  @Parameters(
      arity = "0..*",
      paramLabel = "POD[/CONTAINER]",
      description = "Or a container's id; with --image the command, after --.")
  private List<String> words = List.of();

  @Mixin private ContainerOptions options;

  @Mixin private OutputOption output;

  public PlanCommand(Context context) {
    this.context = context;
    this.api = new MachineApi(context);
  }

  @Override
  public Integer call() throws IOException {
    if (!options.isGiven() && words.size() != 1) {
      throw new CommandException("one POD[/CONTAINER] is needed, or --image");
    }
    var plan =
        options.isGiven() ? wouldBe() : api.get(MachineApi.container(words.get(0)) + "/plan");
    output.print(context, plan, () -> listing(plan));
    return 0;
  }

  private Map<String, Object> wouldBe() throws IOException {
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

  private static String listing(Map<String, Object> plan) {
    var text = new StringBuilder();
    if (plan.get("lines") instanceof List<?> lines) {
      lines.forEach(line -> text.append(line).append('\n'));
    }
    return text.toString();
  }
}
