package io.sandjar.cli.command;

import io.sandjar.cli.CommandException;
import io.sandjar.cli.Context;
import io.sandjar.cli.ServerException;
import io.sandjar.cli.kube.KubeApi;
import io.sandjar.cli.kube.Namespaced;
import io.sandjar.cli.kube.NamespacesOption;
import io.sandjar.cli.kube.ObjectOutput;
import io.sandjar.cli.kube.Quantity;
import io.sandjar.cli.kube.ResourceType;
import io.sandjar.cli.kube.SelectorOption;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Tells what pods or the node use of the machine. */
@Command(
    name = "top",
    description = {
      "Tells what pods or the node use of the machine now.",
      "",
      "  sandjar top pods",
      "  sandjar top pods --containers --sort-by=memory",
      "  sandjar top node"
    })
public final class TopCommand implements Callable<Integer> {
  private static final String METRICS = "/apis/metrics.k8s.io/v1beta1";
  private static final int NOT_FOUND = 404;

  private final Context context;
  private final KubeApi api;

  @Parameters(
      arity = "1..*",
      paramLabel = "pods|node [NAME]",
      description = "What to tell of; all without a name.")
  private List<String> words;

  @Mixin private NamespacesOption namespace;
  @Mixin private SelectorOption selector;

  @Option(names = "--containers", description = "Of each container of the pods.")
  private boolean containers;

  @Option(names = "--sort-by", paramLabel = "WHAT", description = "cpu or memory.")
  private String sortBy;

  @Option(names = "--sum", description = "With a last line of all together.")
  private boolean sum;

  @Option(names = "--no-headers", description = "Without the line of column names.")
  private boolean noHeaders;

  /** A line: whose, and how much. */
  private record Usage(List<String> names, long milliCpu, long mebibytes) {
    static Usage of(List<String> names, Map<String, Object> usage) {
      return new Usage(names, Quantity.milli(usage.get("cpu")), Quantity.mebi(usage.get("memory")));
    }

    Usage plus(Usage other) {
      return new Usage(names, milliCpu + other.milliCpu, mebibytes + other.mebibytes);
    }
  }

  public TopCommand(Context context) {
    this.context = context;
    this.api = new KubeApi(context);
  }

  @Override
  public Integer call() throws IOException {
    var type = ResourceType.named(words.get(0));
    if (type.equals(ResourceType.NODE)) {
      nodes();
    } else if (type.equals(ResourceType.POD)) {
      pods();
    } else {
      throw new CommandException("top tells of pods and of the node, not of " + type.plural());
    }
    return 0;
  }

  private List<Map<String, Object>> metrics(String path) throws IOException {
    var query = new LinkedHashMap<String, String>();
    selector.addTo(query);
    try {
      var name = words.size() > 1 ? "/" + words.get(1) : "";
      return ObjectOutput.objectsOf(api.get(path + name + KubeApi.query(query)));
    } catch (ServerException e) {
      if (e.code() == NOT_FOUND && words.size() == 1) {
        throw new CommandException("Metrics API not available");
      }
      throw e;
    }
  }

  private void pods() throws IOException {
    var where = namespace.namespace();
    var found =
        metrics(
            where.everywhere()
                ? METRICS + "/pods"
                : METRICS + "/namespaces/" + where.name() + "/pods");
    if (found.isEmpty()) {
      context
          .err()
          .println(
              where.everywhere()
                  ? "No resources found"
                  : "No resources found in " + where.name() + " namespace.");
      return;
    }
    var usages = new ArrayList<Usage>();
    for (var pod : found) {
      var names = new ArrayList<String>();
      if (where.everywhere()) {
        names.add(KubeApi.metadata(pod, "namespace"));
      }
      names.add(KubeApi.metadata(pod, "name"));
      usages.addAll(ofPod(names, pod));
    }
    var header = new ArrayList<String>();
    if (where.everywhere()) {
      header.add("NAMESPACE");
    }
    header.add(containers ? "POD" : "NAME");
    if (containers) {
      header.add("NAME");
    }
    print(header, usages);
  }

  private List<Usage> ofPod(List<String> names, Map<String, Object> pod) {
    var usages = new ArrayList<Usage>();
    var total = new Usage(names, 0, 0);
    for (var container : KubeApi.maps(pod, "containers")) {
      var all = new ArrayList<>(names);
      all.add(String.valueOf(container.get("name")));
      var usage = Usage.of(all, KubeApi.map(container, "usage"));
      usages.add(usage);
      total = total.plus(usage);
    }
    return containers ? usages : List.of(total);
  }

  private void print(List<String> header, List<Usage> usages) {
    sort(usages);
    var rows = new ArrayList<List<String>>();
    var first = new ArrayList<>(header);
    first.addAll(List.of("CPU(cores)", "MEMORY(bytes)"));
    rows.add(first);
    for (var usage : usages) {
      var row = new ArrayList<>(usage.names());
      row.add(usage.milliCpu() + "m");
      row.add(usage.mebibytes() + "Mi");
      rows.add(row);
    }
    if (sum) {
      var total = usages.stream().reduce(new Usage(List.of(), 0, 0), Usage::plus);
      var row = new ArrayList<String>(java.util.Collections.nCopies(header.size(), ""));
      row.addAll(List.of(total.milliCpu() + "m", total.mebibytes() + "Mi"));
      rows.add(row);
    }
    context.out().print(context.table().text(rows, !noHeaders));
  }

  private void sort(List<Usage> usages) {
    Comparator<Usage> order = Comparator.comparing(usage -> String.join("/", usage.names()));
    if (sortBy != null) {
      order =
          switch (sortBy) {
            case "cpu" -> Comparator.comparing(Usage::milliCpu).reversed();
            case "memory" -> Comparator.comparing(Usage::mebibytes).reversed();
            default ->
                throw new CommandException("--sort-by accepts only cpu or memory, not " + sortBy);
          };
    }
    usages.sort(order);
  }

  private void nodes() throws IOException {
    var rows = new ArrayList<List<String>>();
    rows.add(List.of("NAME", "CPU(cores)", "CPU(%)", "MEMORY(bytes)", "MEMORY(%)"));
    for (var node : metrics(METRICS + "/nodes")) {
      var name = KubeApi.metadata(node, "name");
      var all =
          KubeApi.map(
              KubeApi.map(api.get(ResourceType.NODE.path(Namespaced.EVERYWHERE, name)), "status"),
              "allocatable");
      var usage = Usage.of(List.of(name), KubeApi.map(node, "usage"));
      rows.add(
          List.of(
              name,
              usage.milliCpu() + "m",
              percent(usage.milliCpu(), Quantity.milli(all.get("cpu"))),
              usage.mebibytes() + "Mi",
              percent(usage.mebibytes(), Quantity.mebi(all.get("memory")))));
    }
    context.out().print(context.table().text(rows, !noHeaders));
  }

  private static String percent(long part, long whole) {
    return whole == 0 ? "<unknown>" : part * 100 / whole + "%";
  }
}
