package io.sandjar.cli.command;

import io.sandjar.cli.CommandException;
import io.sandjar.cli.Context;
import io.sandjar.cli.kube.KubeApi;
import io.sandjar.cli.kube.NamespacesOption;
import io.sandjar.cli.kube.ObjectOutput;
import io.sandjar.cli.kube.ResourceType;
import io.sandjar.cli.output.Ages;
import io.sandjar.cli.output.OutputOption;
import io.sandjar.cli.output.TextTable;
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

/** Lists what happened, the latest last. */
@Command(
    name = "events",
    description = {
      "Lists what happened to pods and the node, the latest last.",
      "",
      "  sandjar events",
      "  sandjar events --for pod/echo --watch",
      "  sandjar events -A --types=Warning"
    })
public final class EventsCommand implements Callable<Integer> {
  private final Context context;
  private final KubeApi api;

  @Mixin private NamespacesOption namespace;
  @Mixin private OutputOption output;

  @Option(names = "--for", paramLabel = "TYPE/NAME", description = "What happened to this one.")
  private String object;

  @Option(
      names = "--types",
      paramLabel = "TYPE",
      split = ",",
      description = "Only these: Normal, Warning.")
  private List<String> types = List.of();

  @Option(
      names = {"-w", "--watch"},
      description = "Go on with what happens.")
  private boolean watch;

  @Option(names = "--no-headers", description = "Without the line of column names.")
  private boolean noHeaders;

  public EventsCommand(Context context) {
    this.context = context;
    this.api = new KubeApi(context);
  }

  @Override
  public Integer call() throws IOException {
    var events = new ArrayList<Map<String, Object>>();
    var list = api.get(path(null));
    for (var event : ObjectOutput.objectsOf(list)) {
      if (isWanted(event)) {
        events.add(event);
      }
    }
    events.sort(Comparator.comparing(event -> String.valueOf(last(event))));
    var table = context.table();
    print(table, events, list);
    if (watch) {
      follow(table, KubeApi.metadata(list, "resourceVersion"));
    }
    return 0;
  }

  private void print(TextTable table, List<Map<String, Object>> events, Map<String, Object> list) {
    if (!output.isTable()) {
      list.put("items", events);
      context.out().print(ObjectOutput.text(output.format(), list));
      return;
    }
    if (events.isEmpty() && !watch) {
      context
          .err()
          .println(
              namespace.isEverywhere()
                  ? "No events found."
                  : "No events found in " + namespace.namespace().name() + " namespace.");
      return;
    }
    var rows = new ArrayList<List<String>>();
    rows.add(header());
    events.forEach(event -> rows.add(row(event)));
    context.out().print(table.text(rows, !noHeaders));
    context.out().flush();
  }

  private void follow(TextTable table, String version) throws IOException {
    try (var changes = api.watch(path(version), false)) {
      for (var next = changes.next(); next.isPresent(); next = changes.next()) {
        var event = next.get().object();
        if (!next.get().isDeletion() && isWanted(event)) {
          context
              .out()
              .print(
                  output.isTable()
                      ? table.text(List.of(header(), row(event)), false)
                      : ObjectOutput.text(output.format(), event));
          context.out().flush();
        }
      }
    }
  }

  /**
   * @param version from which on to watch; null for a list
   */
  private String path(String version) {
    var query = new LinkedHashMap<String, String>();
    if (object != null) {
      int slash = object.indexOf('/');
      if (slash < 0) {
        throw new CommandException("--for must be TYPE/NAME, such as pod/echo, not " + object);
      }
      query.put(
          "fieldSelector",
          "involvedObject.kind="
              + ResourceType.named(object.substring(0, slash)).kind()
              + ",involvedObject.name="
              + object.substring(slash + 1));
    }
    query.put("watch", version == null ? null : "true");
    query.put("resourceVersion", version);
    return ResourceType.EVENT.path(namespace.namespace()) + KubeApi.query(query);
  }

  private boolean isWanted(Map<String, Object> event) {
    return types.isEmpty()
        || types.stream()
            .anyMatch(type -> type.equalsIgnoreCase(String.valueOf(event.get("type"))));
  }

  private static Object last(Map<String, Object> event) {
    return event.getOrDefault("lastTimestamp", event.get("eventTime"));
  }

  private List<String> header() {
    var header = List.of("LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE");
    return namespace.isEverywhere() ? prefixed("NAMESPACE", header) : header;
  }

  private List<String> row(Map<String, Object> event) {
    var involved = KubeApi.map(event, "involvedObject");
    var age = Ages.since(last(event));
    if (event.get("count") instanceof Number count && count.intValue() > 1) {
      age += " (x" + count + " over " + Ages.since(event.get("firstTimestamp")) + ")";
    }
    var row =
        List.of(
            age,
            String.valueOf(event.get("type")),
            String.valueOf(event.get("reason")),
            String.valueOf(involved.get("kind")) + "/" + involved.get("name"),
            String.valueOf(event.get("message")).strip());
    return namespace.isEverywhere() ? prefixed(KubeApi.metadata(event, "namespace"), row) : row;
  }

  private static List<String> prefixed(String first, List<String> rest) {
    var all = new ArrayList<String>();
    all.add(first);
    all.addAll(rest);
    return all;
  }
}
