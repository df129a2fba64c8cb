package io.sandjar.cli.command;

import io.sandjar.cli.CommandException;
import io.sandjar.cli.Context;
import io.sandjar.cli.kube.KubeApi;
import io.sandjar.cli.kube.Manifests;
import io.sandjar.cli.kube.NamespaceOption;
import io.sandjar.cli.kube.Namespaced;
import io.sandjar.cli.kube.ObjectOutput;
import io.sandjar.cli.kube.ResourceType;
import io.sandjar.cli.kube.Target;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Deletes objects, and waits until they are gone. */
@Command(
    name = "delete",
    description = {
      "Deletes objects, and waits until they are gone.",
      "",
      "  sandjar delete pod echo",
      "  sandjar delete -f pod.yaml",
      "  sandjar delete pods -l release=canary",
      "  sandjar delete pods --all"
    })
public final class DeleteCommand implements Callable<Integer> {
  private static final long LOOK_MILLIS = 100;

  private final Context context;
  private final KubeApi api;

  @Parameters(arity = "0..*", paramLabel = "TYPE[/NAME]", description = "A type, then names.")
  private List<String> words = List.of();

  @Option(
      names = {"-f", "--filename"},
      paramLabel = "FILE",
      description = "Manifests that name the objects: a file, a folder, or - for stdin.")
  private List<String> files;

  @Mixin private NamespaceOption namespace;

  @Option(
      names = {"-l", "--selector"},
      paramLabel = "SELECTOR",
      description = "Those with these labels.")
  private String selector;

  @Option(names = "--all", description = "All of the type.")
  private boolean all;

  @Option(
      names = "--grace-period",
      paramLabel = "SECONDS",
      description = "How long a pod may take to end; its own setting if not given.")
  private Integer gracePeriod;

  @Option(names = "--force", description = "Do not wait for the processes: a grace period of 0.")
  private boolean force;

  @Option(names = "--now", description = "A grace period of 1 second.")
  private boolean now;

  @Option(names = "--ignore-not-found", description = "What is not there is deleted already.")
  private boolean ignoreMissing;

  @Option(
      names = "--wait",
      paramLabel = "true|false",
      arity = "0..1",
      defaultValue = "true",
      fallbackValue = "true",
      description = "Wait until the objects are gone (true).")
  private boolean wait;

  /** An object to delete. */
  private record Doomed(ResourceType type, Namespaced where, String name) {
    private String path() {
      return type.path(where, name);
    }
  }

  public DeleteCommand(Context context) {
    this.context = context;
    this.api = new KubeApi(context);
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    var deleted = new ArrayList<Doomed>();
    IOException refusal = null;
    for (var object : files == null ? named() : manifested()) {
      try {
        delete(object);
        deleted.add(object);
      } catch (io.sandjar.cli.ServerException e) {
        if (e.code() != 404 || !ignoreMissing) {
          // As kubectl does: the others are deleted all the same.
          refusal = reported(refusal, e);
        }
      }
    }
    for (var object : wait && !force ? deleted : List.<Doomed>of()) {
      while (api.find(object.path()).isPresent()) {
        TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
      }
    }
    if (refusal != null) {
      throw refusal;
    }
    return 0;
  }

  /** Tells of an earlier refusal, since only the last one ends the command. */
  private IOException reported(IOException earlier, IOException latest) {
    if (earlier != null) {
      context.err().println("Error from server: " + earlier.getMessage());
    }
    return latest;
  }

  private void delete(Doomed object) throws IOException {
    var query = new LinkedHashMap<String, String>();
    var grace = force ? Integer.valueOf(0) : now ? Integer.valueOf(1) : gracePeriod;
    query.put("gracePeriodSeconds", grace == null ? null : grace.toString());
    api.delete(object.path() + KubeApi.query(query));
    context
        .out()
        .printf(
            "%s \"%s\"%s deleted%n",
            object.type().singular(), object.name(), force ? " force" : "");
    context.out().flush();
  }

  private List<Doomed> manifested() throws IOException {
    var doomed = new ArrayList<Doomed>();
    for (var object : new Manifests(context.in()).read(files)) {
      var type =
          ResourceType.ofKind(
              String.valueOf(object.get("apiVersion")), String.valueOf(object.get("kind")));
      var name = KubeApi.metadata(object, "name");
      var where =
          namespace.namespace(KubeApi.metadata(object, "namespace"), type.singular() + "/" + name);
      doomed.add(new Doomed(type, where, name));
    }
    return doomed;
  }

  private List<Doomed> named() throws IOException {
    var where = namespace.namespace();
    var doomed = new ArrayList<Doomed>();
    for (var target : Target.parse(words)) {
      if (target.name().isPresent()) {
        doomed.add(new Doomed(target.type(), where, target.name().get()));
        continue;
      }
      if (!all && selector == null) {
        throw new CommandException("a name, a selector (-l) or --all must be given");
      }
      var query = new LinkedHashMap<String, String>();
      query.put("labelSelector", selector);
      var list = api.get(target.type().path(where) + KubeApi.query(query));
      for (var object : ObjectOutput.objectsOf(list)) {
        doomed.add(new Doomed(target.type(), where, KubeApi.metadata(object, "name")));
      }
    }
    if (doomed.isEmpty()) {
      context.out().println("No resources found");
    }
    return doomed;
  }
}
