package io.sandjar.cli.command.machine;

import io.sandjar.cli.Context;
import io.sandjar.cli.command.image.Sizes;
import io.sandjar.cli.kube.KubeApi;
import io.sandjar.cli.output.OutputOption;
import io.sandjar.cli.output.TextTable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Shows how this node is set up, and what is on it. */
@Command(
    name = "info",
    description = {
      "Shows how this node is set up, and what is on it.",
      "",
      "  sandjar info",
      "  sandjar info -o jsonpath={.cgroups.driver}"
    })
public final class InfoCommand implements Callable<Integer> {
  private final Context context;

  @Mixin private OutputOption output;

  public InfoCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() throws IOException {
    var info = new MachineApi(context).get(MachineApi.path("info"));
    output.print(context, info, () -> text(info));
    return 0;
  }

  private static String text(Map<String, Object> info) {
    var machine = KubeApi.map(info, "machine");
    var cgroups = KubeApi.map(info, "cgroups");
    var network = KubeApi.map(info, "network");
    var paths = KubeApi.map(info, "paths");
    var counts = KubeApi.map(info, "counts");
    var rows = new ArrayList<List<String>>();
    rows.add(List.of("Node:", MachineApi.text(info, "name")));
    rows.add(
        List.of(
            "Daemon:",
            "sandjar %s on Java %s, process %s"
                .formatted(info.get("version"), info.get("java"), info.get("pid"))));
    rows.add(
        List.of(
            "Machine:",
            "%s, Linux %s, %s, %s CPUs, %s"
                .formatted(
                    machine.get("os"),
                    machine.get("kernel"),
                    machine.get("architecture"),
                    machine.get("cpus"),
                    Sizes.human(MachineApi.number(machine, "memoryBytes")))));
    rows.add(
        List.of(
            "Cgroups:",
            "%s layout, driver %s, under %s"
                .formatted(cgroups.get("layout"), cgroups.get("driver"), cgroups.get("parent"))));
    rows.add(List.of("Network:", network(network)));
    rows.add(
        List.of(
            "Pods:",
            "%s of %s sandboxes ready, %s of %s containers running"
                .formatted(
                    counts.get("sandboxesReady"),
                    counts.get("sandboxes"),
                    counts.get("containersRunning"),
                    counts.get("containers"))));
    rows.add(List.of("Images:", MachineApi.text(counts, "images")));
    rows.add(List.of("Root:", MachineApi.text(paths, "root")));
    rows.add(List.of("State:", MachineApi.text(paths, "state")));
    rows.add(List.of("CRI socket:", MachineApi.text(paths, "listen")));
    rows.add(List.of("HTTP socket:", MachineApi.text(paths, "httpListen")));
    rows.add(List.of("Manifests:", MachineApi.text(paths, "manifests")));
    return TextTable.text(rows);
  }

  private static String network(Map<String, Object> network) {
    var ready = Boolean.TRUE.equals(network.get("ready"));
    var ranges =
        network.get("podCIDRs") instanceof List<?> list
            ? list.stream().map(String::valueOf).collect(Collectors.joining(", "))
            : "";
    return network.get("provider")
        + (ready ? ", ready" : ", not ready: " + network.get("message"))
        + (ranges.isEmpty() ? "" : ", " + ranges);
  }
}
