package io.sandjar.cli.command;

import io.sandjar.cli.CommandException;
import io.sandjar.cli.Context;
import io.sandjar.cli.ServerException;
import io.sandjar.cli.describe.Description;
import io.sandjar.cli.kube.FilesOption;
import io.sandjar.cli.kube.KubeApi;
import io.sandjar.cli.kube.Namespaced;
import io.sandjar.cli.kube.NamespacesOption;
import io.sandjar.cli.kube.ObjectFinder;
import io.sandjar.cli.kube.ObjectOutput;
import io.sandjar.cli.kube.ObjectRef;
import io.sandjar.cli.kube.ResourceType;
import io.sandjar.cli.kube.SelectorOption;
import io.sandjar.cli.kube.Target;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Tells objects for people, with what happened to them. */
@Command(
    name = "describe",
    description = {
      "Tells all of an object for people, with what happened to it.",
      "",
      "  sandjar describe pod/echo",
      "  sandjar describe pods -l app=web",
      "  sandjar describe node"
    })
public final class DescribeCommand implements Callable<Integer> {
  private static final int NOT_FOUND = 404;

  private final Context context;
  private final KubeApi api;

  @Parameters(
      arity = "0..*",
      paramLabel = "TYPE[/NAME]",
      description = "A type, then names or their beginnings; all of the type without.")
  private List<String> words = List.of();

  @Mixin private FilesOption files;
  @Mixin private NamespacesOption namespace;
  @Mixin private SelectorOption selector;

  public DescribeCommand(Context context) {
    this.context = context;
    this.api = new KubeApi(context);
  }

  @Override
  public Integer call() throws IOException {
    var finder = new ObjectFinder(api, namespace, selector);
    var found =
        files.isGiven()
            ? finder.of(files.read(context))
            : finder.find(words, Target.parse(words).get(0).name().isEmpty());
    if (found.isEmpty()) {
      var where = namespace.namespace();
      context
          .err()
          .println(
              where.everywhere()
                  ? "No resources found"
                  : "No resources found in " + where.name() + " namespace.");
    }
    boolean several = false;
    for (var object : found) {
      for (var named : existing(object)) {
        context.out().print(several ? "\n\n" : "");
        several = true;
        context.out().print(describe(named));
      }
    }
    return 0;
  }

  /** The object, or those whose names begin so, as kubectl does. */
  private List<ObjectRef> existing(ObjectRef object) throws IOException {
    if (api.find(object.path()).isPresent()) {
      return List.of(object);
    }
    var alike = new ArrayList<ObjectRef>();
    for (var other : ObjectOutput.objectsOf(api.get(object.type().path(object.where())))) {
      var name = KubeApi.metadata(other, "name");
      if (name.startsWith(object.name())) {
        alike.add(new ObjectRef(object.type(), object.where(), name));
      }
    }
    if (alike.isEmpty()) {
      api.get(object.path()); // says in the daemon's words that it is not there
    }
    return alike;
  }

  private String describe(ObjectRef ref) throws IOException {
    Map<String, Object> object;
    try {
      object = api.get(ref.path());
    } catch (ServerException e) {
      if (e.code() == NOT_FOUND) {
        throw new CommandException(ref.shown() + " has just gone");
      }
      throw e;
    }
    return Description.of(ref.type(), object, events(ref, object), pods(ref));
  }

  private List<Map<String, Object>> events(ObjectRef ref, Map<String, Object> object)
      throws IOException {
    var query = new LinkedHashMap<String, String>();
    var uid = KubeApi.metadata(object, "uid");
    query.put(
        "fieldSelector",
        "involvedObject.kind="
            + ref.type().kind()
            + ",involvedObject.name="
            + ref.name()
            + (ref.type().equals(ResourceType.POD) ? ",involvedObject.uid=" + uid : ""));
    var where = ref.type().namespaced() ? ref.where() : Namespaced.EVERYWHERE;
    return ObjectOutput.objectsOf(api.get(ResourceType.EVENT.path(where) + KubeApi.query(query)));
  }

  private List<Map<String, Object>> pods(ObjectRef ref) throws IOException {
    if (!ref.type().equals(ResourceType.NODE)) {
      return List.of();
    }
    return ObjectOutput.objectsOf(api.get(ResourceType.POD.path(Namespaced.EVERYWHERE))).stream()
        .filter(pod -> ref.name().equals(KubeApi.map(pod, "spec").get("nodeName")))
        .filter(
            pod ->
                !List.of("Succeeded", "Failed")
                    .contains(KubeApi.map(pod, "status").getOrDefault("phase", "")))
        .toList();
  }
}
