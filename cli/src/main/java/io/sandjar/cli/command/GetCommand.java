package io.sandjar.cli.command;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sandjar.cli.CommandException;
import io.sandjar.cli.Context;
import io.sandjar.cli.kube.KubeApi;
import io.sandjar.cli.kube.NamespaceOption;
import io.sandjar.cli.kube.Namespaced;
import io.sandjar.cli.kube.ObjectOutput;
import io.sandjar.cli.kube.ObjectTable;
import io.sandjar.cli.kube.Target;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Prints objects: as the daemon's table, or in a form of the caller's choice. */
@Command(
    name = "get",
    description = {
      "Prints one or many objects.",
      "",
      "  sandjar get pods",
      "  sandjar get pod/echo -o yaml",
      "  sandjar get pods -A -l app=web -o wide",
      "  sandjar get pods -o custom-columns=NAME:.metadata.name,IP:.status.podIP"
    })
public final class GetCommand implements Callable<Integer> {
  private final Context context;
  private final KubeApi api;

  @Parameters(
      arity = "1..*",
      paramLabel = "TYPE[/NAME]",
      description = "pods, namespaces, nodes, events, configmaps or secrets; then names.")
  private List<String> words;

  @Mixin private NamespaceOption namespace;

  @Option(
      names = {"-A", "--all-namespaces"},
      description = "In every namespace.")
  private boolean everywhere;

  @Option(
      names = {"-l", "--selector"},
      paramLabel = "SELECTOR",
      description = "Only those with these labels: a=b, a!=b, a, !a, 'a in (b,c)'.")
  private String selector;

  @Option(
      names = "--field-selector",
      paramLabel = "SELECTOR",
      description = "Only those with these fields: status.phase=Running.")
  private String fieldSelector;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      description = "json, yaml, wide, name, jsonpath=TEMPLATE or custom-columns=NAME:PATH,...")
  private String output;

  @Option(names = "--show-labels", description = "With a column of all labels.")
  private boolean showLabels;

  @Option(names = "--no-headers", description = "Without the line of column names.")
  private boolean noHeaders;

  @Option(
      names = "--sort-by",
      paramLabel = "PATH",
      description = "By the value at this path: .metadata.creationTimestamp.")
  private String sortBy;

  @Option(
      names = {"-w", "--watch"},
      description = "Go on printing what changes.")
  private boolean watch;

  public GetCommand(Context context) {
    this.context = context;
    this.api = new KubeApi(context);
  }

  @Override
  public Integer call() throws IOException {
    var where = everywhere ? Namespaced.EVERYWHERE : namespace.namespace();
    var targets = Target.parse(words);
    if (watch) {
      if (targets.size() != 1) {
        throw new CommandException("--watch follows one resource or one type, not several");
      }
      watch(targets.get(0), where);
      return 0;
    }
    if (ObjectOutput.isTable(output)) {
      printTables(targets, where);
    } else {
      context.out().print(ObjectOutput.text(output, objects(targets, where)));
    }
    return 0;
  }

  private void printTables(List<Target> targets, Namespaced where) throws IOException {
    var byType = new LinkedHashMap<String, Map<String, Object>>();
    for (var target : targets) {
      var table = api.table(path(target, where, false));
      byType.merge(target.type().plural(), table, GetCommand::joined);
    }
    boolean several = false;
    for (var table : byType.values()) {
      if (KubeApi.maps(table, "rows").isEmpty()) {
        continue;
      }
      context.out().print(several ? "\n" : "");
      several = true;
      context.out().print(layout().text(sorted(table), !noHeaders));
    }
    if (!several) {
      context
          .err()
          .println(
              everywhere || !targets.get(0).type().namespaced()
                  ? "No resources found"
                  : "No resources found in " + where.name() + " namespace.");
    }
  }

  /** Rows of objects that were asked for one by one, in one table. */
  private static Map<String, Object> joined(Map<String, Object> first, Map<String, Object> second) {
    var rows = new ArrayList<>(KubeApi.maps(first, "rows"));
    rows.addAll(KubeApi.maps(second, "rows"));
    var table = new LinkedHashMap<>(first);
    table.put("rows", rows);
    return table;
  }

  private Map<String, Object> sorted(Map<String, Object> table) {
    if (sortBy == null) {
      return table;
    }
    var rows = new ArrayList<>(KubeApi.maps(table, "rows"));
    ObjectOutput.sort(rows, ".object" + (sortBy.startsWith("{") ? sortBy.substring(1) : sortBy));
    var result = new LinkedHashMap<>(table);
    result.put("rows", rows);
    return result;
  }

  private ObjectTable layout() {
    return new ObjectTable("wide".equals(output), everywhere, showLabels);
  }

  /** One object as it is, or a List of several. */
  private Map<String, Object> objects(List<Target> targets, Namespaced where) throws IOException {
    if (targets.size() == 1 && targets.get(0).name().isPresent()) {
      return api.get(path(targets.get(0), where, false));
    }
    var items = new ArrayList<Map<String, Object>>();
    for (var target : targets) {
      var answer = api.get(path(target, where, false));
      for (var object : ObjectOutput.objectsOf(answer)) {
        // A list says once, for all its items, what each is.
        var item = new LinkedHashMap<String, Object>();
        item.put("apiVersion", "v1");
        item.put("kind", target.type().kind());
        item.putAll(object);
        items.add(item);
      }
    }
    if (sortBy != null) {
      ObjectOutput.sort(items, sortBy);
    }
    var list = new LinkedHashMap<String, Object>();
    list.put("apiVersion", "v1");
    list.put("items", items);
    list.put("kind", "List");
    list.put("metadata", Map.of("resourceVersion", ""));
    return list;
  }

  private String path(Target target, Namespaced where, boolean watching) {
    var query = new LinkedHashMap<String, String>();
    query.put("labelSelector", selector);
    query.put("fieldSelector", fieldSelector);
    query.put("includeObject", sortBy == null ? null : "Object");
    query.put("watch", watching ? "true" : null);
    if (target.name().isEmpty()) {
      return target.type().path(where) + KubeApi.query(query);
    }
    if (selector != null) {
      throw new CommandException("a name cannot be given together with a selector");
    }
    if (where.everywhere()) {
      throw new CommandException("a name needs a namespace: it cannot be given with -A");
    }
    if (watching) {
      query.put("fieldSelector", "metadata.name=" + target.name().get());
      return target.type().path(where) + KubeApi.query(query);
    }
    return target.type().path(where, target.name().get()) + KubeApi.query(query);
  }

  private void watch(Target target, Namespaced where) throws IOException {
    boolean header = !noHeaders;
    boolean asTable = ObjectOutput.isTable(output);
    var path = path(target, where, true);
    try (var stream = asTable ? api.watchTable(path) : api.open(path);
        var lines =
            new BufferedReader(new InputStreamReader(stream.body(), StandardCharsets.UTF_8))) {
      for (var line = lines.readLine(); line != null; line = lines.readLine()) {
        var event = JSON.std.mapFrom(line);
        var object = KubeApi.map(event, "object");
        context
            .out()
            .print(asTable ? layout().text(object, header) : ObjectOutput.text(output, object));
        context.out().flush();
        header = false;
      }
    }
  }
}
