package io.sandjar.cli.command;

import io.sandjar.cli.CommandException;
import io.sandjar.cli.Context;
import io.sandjar.cli.ServerException;
import io.sandjar.cli.kube.DryRunOption;
import io.sandjar.cli.kube.FilesOption;
import io.sandjar.cli.kube.KubeApi;
import io.sandjar.cli.kube.NamespacesOption;
import io.sandjar.cli.kube.ObjectFinder;
import io.sandjar.cli.kube.ObjectRef;
import io.sandjar.cli.kube.ObjectWatch;
import io.sandjar.cli.kube.SelectorOption;
import io.sandjar.cli.output.Durations;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
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
  private static final int NOT_FOUND = 404;

  private final Context context;
  private final KubeApi api;

  @Parameters(arity = "0..*", paramLabel = "TYPE[/NAME]", description = "A type, then names.")
  private List<String> words = List.of();

  @Mixin private FilesOption files;
  @Mixin private NamespacesOption namespace;
  @Mixin private SelectorOption selector;
  @Mixin private DryRunOption dryRun;

  @Option(names = "--all", description = "All of the type.")
  private boolean all;

  @Option(
      names = "--grace-period",
      paramLabel = "SECONDS",
      description = "How long a pod may take to end; its own setting if not given.")
  private int gracePeriod = -1;

  @Option(names = "--force", description = "Do not wait for the processes: a grace period of 0.")
  private boolean force;

  @Option(names = "--now", description = "A grace period of 1 second.")
  private boolean now;

  @Option(names = "--ignore-not-found", description = "What is not there is deleted already.")
  private boolean ignoreMissing;

  @Option(
      names = "--wait",
      negatable = true,
      defaultValue = "true",
      fallbackValue = "true",
      description = "Wait until the objects are gone (true).")
  private boolean wait = true;

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      description = "The longest wait, such as 30s; as long as it takes if not given.")
  private String timeout = "0s";

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      description = "name: print only TYPE/NAME of each.")
  private String output = "";

  public DeleteCommand(Context context) {
    this.context = context;
    this.api = new KubeApi(context);
  }

  @Override
  public Integer call() throws IOException {
    if (gracePeriod == 0 && !force) {
      // As kubectl: a grace period of 0 without --force still waits for the processes' end.
      gracePeriod = 1;
    }
    if (force && gracePeriod > 0) {
      throw new CommandException("--force and --grace-period greater than 0 exclude each other");
    }
    if (force && !dryRun.isOn()) {
      context
          .err()
          .println(
              "Warning: Immediate deletion does not wait for confirmation that the running resource"
                  + " has been terminated. The resource may continue to run on the cluster"
                  + " indefinitely.");
      context.err().flush();
    }
    var finder = new ObjectFinder(api, namespace, selector);
    var deleted = new ArrayList<ObjectRef>();
    int status =
        files.isGiven()
            ? files.forEach(context, "deleting", object -> delete(finder.of(object), deleted))
            : deleteFound(finder, deleted);
    if (wait && !force && !dryRun.isOn()) {
      awaitEnd(deleted);
    }
    return status;
  }

  private boolean selects() {
    return all || selector.isGiven();
  }

  private int deleteFound(ObjectFinder finder, List<ObjectRef> deleted) throws IOException {
    var doomed = finder.find(words, all);
    if (doomed.isEmpty()) {
      context.out().println("No resources found");
    }
    int status = 0;
    for (var object : doomed) {
      try {
        delete(object, deleted);
      } catch (ServerException e) {
        // As kubectl does: the others are deleted all the same.
        context.err().println(e.said());
        context.err().flush();
        status = 1;
      }
    }
    return status;
  }

  private void delete(ObjectRef object, List<ObjectRef> deleted) throws IOException {
    try {
      delete(object);
      deleted.add(object);
    } catch (ServerException e) {
      if (e.code() != NOT_FOUND || !ignoreMissing && !selects()) {
        throw e;
      }
    }
  }

  private void delete(ObjectRef object) throws IOException {
    if (!dryRun.isClient()) {
      var query = new LinkedHashMap<String, String>();
      int grace = force ? 0 : now ? 1 : gracePeriod;
      query.put("gracePeriodSeconds", grace < 0 ? null : Integer.toString(grace));
      dryRun.addTo(query);
      api.delete(object.path() + KubeApi.query(query));
    } else {
      api.get(object.path());
    }
    context
        .out()
        .println(
            output.equals("name")
                ? object.shown()
                : object.type().singular()
                    + " \""
                    + object.name()
                    + (force ? "\" force deleted" : "\" deleted")
                    + dryRun.suffix());
    context.out().flush();
  }

  private void awaitEnd(List<ObjectRef> deleted) throws IOException {
    long seconds = Durations.seconds("--timeout", timeout);
    for (var object : deleted) {
      if (!ObjectWatch.await(
          api,
          object,
          seconds == 0 ? OptionalLong.empty() : OptionalLong.of(seconds),
          Optional::isEmpty)) {
        throw new CommandException("timed out waiting for the condition on " + object.shown());
      }
    }
  }
}
