package io.sandjar.cli.command;

import io.sandjar.cli.CommandException;
import io.sandjar.cli.Context;
import io.sandjar.cli.ServerException;
import io.sandjar.cli.kube.FilesOption;
import io.sandjar.cli.kube.KubeApi;
import io.sandjar.cli.kube.NamespacesOption;
import io.sandjar.cli.kube.ObjectFinder;
import io.sandjar.cli.kube.ObjectOutput;
import io.sandjar.cli.kube.ObjectTable;
import io.sandjar.cli.kube.ResourceType;
import io.sandjar.cli.kube.SelectorOption;
import io.sandjar.cli.kube.Target;
import io.sandjar.cli.output.OutputOption;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Prints one or many objects. */
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
  private static final int NOT_FOUND = 404;

  private final Context context;
  private final KubeApi api;

  @Parameters(
      arity = "0..*",
      paramLabel = "TYPE[/NAME]",
      description = "pods, namespaces, nodes, events, configmaps or secrets; then names.")
  private List<String> words = List.of();

  @Mixin private FilesOption files;
  @Mixin private NamespacesOption namespace;
  @Mixin private SelectorOption selector;
  @Mixin private OutputOption output;

  @Option(
      names = {"-L", "--label-columns"},
      paramLabel = "KEY",
      split = ",",
      description = "With a column of this label's values.")
  private List<String> labelColumns = List.of();

  @Option(names = "--show-labels", description = "With a column of all labels.")
  private boolean showLabels;

  @Option(names = "--show-kind", description = "With the kind before each name.")
  private boolean showKind;

  @Option(names = "--show-managed-fields", description = "With the fields' managers.")
  private boolean showManagedFields;

  @Option(names = "--no-headers", description = "Without the line of column names.")
  private boolean noHeaders;

  @Option(
      names = "--sort-by",
      paramLabel = "PATH",
      description = "By the value at this path: .metadata.creationTimestamp.")
  private String sortBy;

  @Option(names = "--ignore-not-found", description = "What is not there is no failure.")
  private boolean ignoreMissing;

  @Option(names = "--raw", paramLabel = "PATH", description = "The daemon's answer at a path.")
  private String raw;

  @Option(
      names = {"-w", "--watch"},
      description = "Go on printing what changes.")
  private boolean watch;

  private boolean missing;

  public GetCommand(Context context) {
    this.context = context;
    this.api = new KubeApi(context);
  }

  @Override
  public Integer call() throws IOException {
    if (raw != null) {
      try (var response = api.open(raw)) {
        response.body().transferTo(context.out());
      }
      return 0;
    }
    var targets = targets();
    if (watch) {
      if (targets.size() != 1) {
        throw new CommandException("--watch follows one resource or one type, not several");
      }
      watch(targets.get(0));
    } else if (output.isTable()) {
      printTables(targets);
    } else {
      printObjects(targets);
    }
    return missing ? 1 : 0;
  }

  private List<Target> targets() throws IOException {
    if (!files.isGiven()) {
      return Target.parse(words);
    }
    var finder = new ObjectFinder(api, namespace, selector);
    return finder.of(files.read(context)).stream().map(Target::of).toList();
  }

  private interface Question {
    Map<String, Object> ask(String path) throws IOException;
  }

  /** What the daemon has of a target. */
  private record Answer(ResourceType type, Map<String, Object> tree) {}

  /** Asks for one target after the other; one that is not there does not keep the others back. */
  private List<Answer> answers(List<Target> targets, Question question) throws IOException {
    var answers = new ArrayList<Answer>();
    for (var target : targets) {
      try {
        answers.add(new Answer(target.type(), question.ask(path(target, false))));
      } catch (ServerException e) {
        if (e.code() != NOT_FOUND || targets.size() == 1 && !ignoreMissing) {
          throw e;
        }
        if (!ignoreMissing) {
          missing = true;
          context.out().flush();
          context.err().println(e.said());
        }
      }
    }
    return answers;
  }

  private void printTables(List<Target> targets) throws IOException {
    var byType = new LinkedHashMap<ResourceType, Map<String, Object>>();
    for (var answer : answers(targets, api::table)) {
      var before = byType.get(answer.type());
      byType.put(answer.type(), before == null ? answer.tree() : joined(before, answer.tree()));
    }
    boolean kinds = showKind || byType.size() > 1 || words.size() == 1 && ofSeveralTypes(targets);
    boolean several = false;
    for (var entry : byType.entrySet()) {
      if (KubeApi.maps(entry.getValue(), "rows").isEmpty()) {
        continue;
      }
      context.out().print(several ? "\n" : "");
      several = true;
      var rows = layout(kinds ? entry.getKey().singular() : "").rows(sorted(entry.getValue()));
      context.out().print(context.table().text(rows, !noHeaders));
    }
    if (!several && !missing && !ignoreMissing) {
      sayNothingFound(targets);
    }
  }

  private static boolean ofSeveralTypes(List<Target> targets) {
    for (var target : targets) {
      if (target.type() != targets.get(0).type()) {
        return true;
      }
    }
    return false;
  }

  private void sayNothingFound(List<Target> targets) {
    context
        .err()
        .println(
            namespace.isEverywhere() || !targets.get(0).type().namespaced()
                ? "No resources found"
                : "No resources found in " + namespace.namespace().name() + " namespace.");
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
    var path = sortBy.replaceAll("[{}]", "");
    ObjectOutput.sort(rows, ".object" + (path.startsWith(".") ? path : "." + path));
    var result = new LinkedHashMap<>(table);
    result.put("rows", rows);
    return result;
  }

  private ObjectTable layout(String kind) {
    return new ObjectTable(
        output.isWide(), namespace.isEverywhere(), kind, labelColumns, showLabels);
  }

  private void printObjects(List<Target> targets) throws IOException {
    var answers = answers(targets, api::get);
    if (answers.isEmpty()) {
      return;
    }
    var tree =
        targets.size() == 1 && targets.get(0).name().isPresent()
            ? answers.get(0).tree()
            : list(answers);
    if (!showManagedFields) {
      ObjectOutput.dropManagedFields(tree);
    }
    context.out().print(ObjectOutput.text(output.format(), tree, !noHeaders));
  }

  /** A List of all the answers' objects. */
  private Map<String, Object> list(List<Answer> answers) {
    var items = new ArrayList<Map<String, Object>>();
    for (var answer : answers) {
      for (var object : ObjectOutput.objectsOf(answer.tree())) {
        // A list says once, for all its items, what each is.
        var item = new LinkedHashMap<String, Object>();
        item.put("apiVersion", "v1");
        item.put("kind", answer.type().kind());
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

  private String path(Target target, boolean watching) {
    var query = new LinkedHashMap<String, String>();
    selector.addTo(query);
    query.put("includeObject", output.isTable() ? neededOfObjects() : null);
    query.put("watch", watching ? "true" : null);
    var where = target.where().orElseGet(namespace::namespace);
    if (target.name().isEmpty()) {
      return target.type().path(where) + KubeApi.query(query);
    }
    if (selector.isGiven()) {
      throw new CommandException("a name cannot be given together with a selector");
    }
    if (where.everywhere() && target.type().namespaced()) {
      throw new CommandException("a resource cannot be retrieved by name across all namespaces");
    }
    if (watching) {
      query.put("fieldSelector", "metadata.name=" + target.name().get());
      return target.type().path(where) + KubeApi.query(query);
    }
    return target.type().path(where, target.name().get()) + KubeApi.query(query);
  }

  /** How much of each object its row of a table is to bring along. */
  private String neededOfObjects() {
    if (sortBy != null) {
      return "Object";
    }
    boolean metadata = namespace.isEverywhere() || showLabels || !labelColumns.isEmpty();
    return metadata ? "Metadata" : "None";
  }

  private void watch(Target target) throws IOException {
    if (target.name().isPresent()) {
      api.get(path(target, false)); // what is not there is refused, not waited for
    }
    boolean header = !noHeaders;
    var table = context.table();
    try (var changes = api.watch(path(target, true), output.isTable())) {
      for (var next = changes.next(); next.isPresent(); next = changes.next()) {
        var object = next.get().object();
        if (output.isTable()) {
          context.out().print(table.text(layout("").rows(object), header));
        } else {
          if (!showManagedFields) {
            ObjectOutput.dropManagedFields(object);
          }
          context.out().print(!header && output.format().equals("yaml") ? "---\n" : "");
          context.out().print(ObjectOutput.text(output.format(), object, header));
        }
        context.out().flush();
        header = false;
      }
    }
  }
}
