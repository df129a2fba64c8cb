package io.sandjar.cli.command;

import io.sandjar.cli.CommandException;
import io.sandjar.cli.Context;
import io.sandjar.cli.kube.DryRunOption;
import io.sandjar.cli.kube.FilesOption;
import io.sandjar.cli.kube.KubeApi;
import io.sandjar.cli.kube.NamespacesOption;
import io.sandjar.cli.kube.ObjectFinder;
import io.sandjar.cli.kube.ObjectOutput;
import io.sandjar.cli.kube.ObjectRef;
import io.sandjar.cli.kube.SelectorOption;
import io.sandjar.cli.output.OutputOption;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Sets and removes pairs of an object's metadata: what label and annotate have in common. */
public final class MetadataChange {

  @Parameters(
      arity = "0..*",
      paramLabel = "TYPE[/NAME] KEY=VALUE|KEY-",
      description = "The objects; then what to set, or with a minus to remove.")
  private List<String> words = List.of();

  @Mixin private FilesOption files;
  @Mixin private NamespacesOption namespace;
  @Mixin private SelectorOption selector;
  @Mixin private DryRunOption dryRun;
  @Mixin private OutputOption output;

  @Option(names = "--overwrite", description = "Change what has another value already.")
  private boolean overwrite;

  @Option(names = "--all", description = "All of the type.")
  private boolean all;

  @Option(names = "--list", description = "Print what the objects have.")
  private boolean list;

  /** What is to be: a value, or empty for removal. */
  private final Map<String, Optional<String>> changes = new LinkedHashMap<>();

  /**
   * @param part labels or annotations
   * @param verb as output tells that it was done: labeled
   */
  int make(Context context, String part, String verb) throws IOException {
    var api = new KubeApi(context);
    var objects = objects(context, api);
    if (changes.isEmpty() && !list) {
      throw new CommandException("at least one KEY=VALUE or KEY- is needed");
    }
    if (objects.isEmpty()) {
      throw new CommandException("no resources found");
    }
    for (var object : objects) {
      change(context, api, object, part, verb);
    }
    return 0;
  }

  private List<ObjectRef> objects(Context context, KubeApi api) throws IOException {
    var names = new ArrayList<String>();
    for (var word : words) {
      int equals = word.indexOf('=');
      if (equals > 0) {
        changes.put(word.substring(0, equals), Optional.of(word.substring(equals + 1)));
      } else if (word.endsWith("-") && !names.isEmpty()) {
        changes.put(word.substring(0, word.length() - 1), Optional.empty());
      } else if (changes.isEmpty()) {
        names.add(word);
      } else {
        throw new CommandException("all objects must stand before what to change: " + word);
      }
    }
    var finder = new ObjectFinder(api, namespace, selector);
    return files.isGiven() ? finder.of(files.read(context)) : finder.find(names, all);
  }

  private void change(Context context, KubeApi api, ObjectRef object, String part, String verb)
      throws IOException {
    var before = api.get(object.path());
    var pairs = KubeApi.map(KubeApi.map(before, "metadata"), part);
    refuseOverwriting(pairs);
    var patch = new LinkedHashMap<String, Object>();
    changes.forEach((key, value) -> patch.put(key, value.orElse(null)));
    patch
        .entrySet()
        .removeIf(pair -> java.util.Objects.equals(pairs.get(pair.getKey()), pair.getValue()));
    if (part.equals("labels")) {
      changes.keySet().stream()
          .filter(key -> changes.get(key).isEmpty() && !pairs.containsKey(key))
          .forEach(key -> context.out().println("label \"" + key + "\" not found."));
    }
    var after = before;
    if (!patch.isEmpty() && !dryRun.isClient()) {
      var query = new LinkedHashMap<String, String>();
      dryRun.addTo(query);
      after =
          api.merge(object.path() + KubeApi.query(query), Map.of("metadata", Map.of(part, patch)));
    }
    if (list) {
      new TreeMap<>(KubeApi.map(KubeApi.map(after, "metadata"), part))
          .forEach((key, value) -> context.out().println(key + "=" + value));
    } else if (output.isTable()) {
      context.out().println(object.shown() + " " + said(patch, part, verb) + dryRun.suffix());
    } else {
      ObjectOutput.dropManagedFields(after);
      context.out().print(ObjectOutput.text(output.format(), after));
    }
    context.out().flush();
  }

  private String said(Map<String, Object> patch, String part, String verb) {
    boolean removes = changes.values().stream().allMatch(Optional::isEmpty);
    if (!part.equals("labels")) {
      return verb;
    }
    return patch.isEmpty() ? "not " + verb : removes ? "un" + verb : verb;
  }

  private void refuseOverwriting(Map<String, Object> pairs) {
    if (overwrite) {
      return;
    }
    changes.forEach(
        (key, value) -> {
          if (value.isPresent() && pairs.containsKey(key) && !value.get().equals(pairs.get(key))) {
            throw new CommandException(
                "'%s' already has a value (%s), and --overwrite is false"
                    .formatted(key, pairs.get(key)));
          }
        });
  }
}
