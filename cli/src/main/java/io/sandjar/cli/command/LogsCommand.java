package io.sandjar.cli.command;

import io.sandjar.cli.CommandException;
import io.sandjar.cli.Context;
import io.sandjar.cli.kube.KubeApi;
import io.sandjar.cli.kube.NamespaceOption;
import io.sandjar.cli.kube.ObjectOutput;
import io.sandjar.cli.kube.PodContainer;
import io.sandjar.cli.kube.ResourceType;
import io.sandjar.cli.kube.SelectorOption;
import io.sandjar.cli.stream.LogStreams;
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

/** Prints what pods' containers have written. */
@Command(
    name = "logs",
    description = {
      "Prints what a pod's container has written.",
      "",
      "  sandjar logs echo",
      "  sandjar logs -f counter -c db",
      "  sandjar logs counter --all-containers --tail 20 --timestamps",
      "  sandjar logs -l app=web --prefix"
    })
public final class LogsCommand implements Callable<Integer> {
  private static final int TAIL_OF_SELECTED = 10;

  private final Context context;
  private final KubeApi api;

  @Parameters(
      arity = "0..2",
      paramLabel = "POD [CONTAINER]",
      description = "The pod, and its container where it has several.")
  private List<String> words = List.of();

  @Mixin private NamespaceOption namespace;
  @Mixin private SelectorOption selector;

  @Option(
      names = {"-c", "--container"},
      paramLabel = "CONTAINER",
      description = "The container.")
  private String container;

  @Option(names = "--all-containers", description = "All of the pod's, one after the other.")
  private boolean allContainers;

  @Mixin private LogOptions options;

  @Option(
      names = {"-p", "--previous"},
      description = "The container before its last restart.")
  private boolean previous;

  @Option(
      names = "--since-time",
      paramLabel = "TIMESTAMP",
      description = "Only what is newer: 2026-01-31T12:00:00Z.")
  private String sinceTime;

  @Option(names = "--limit-bytes", paramLabel = "BYTES", description = "No more than that.")
  private Long limitBytes;

  @Option(names = "--prefix", description = "With pod and container before each line.")
  private boolean prefix;

  @Option(
      names = "--max-log-requests",
      paramLabel = "N",
      description = "How many may be followed at once (5).")
  private int most = 5;

  public LogsCommand(Context context) {
    this.context = context;
    this.api = new KubeApi(context);
  }

  @Override
  public Integer call() throws IOException {
    if (options.hasSince() && sinceTime != null) {
      throw new CommandException("at most one of --since-time and --since may be used");
    }
    var streams = new LogStreams(context);
    for (var pod : pods()) {
      var path = ResourceType.POD.path(namespace.namespace(), KubeApi.metadata(pod, "name"));
      for (var name : containers(pod)) {
        var shown = "[pod/" + KubeApi.metadata(pod, "name") + "/" + name + "] ";
        streams.add(path + "/log" + KubeApi.query(query(name)), prefix ? shown : "");
      }
    }
    if (options.follows() && streams.count() > most) {
      throw new CommandException(
          "you are attempting to follow %d log streams, but maximum allowed concurrency is %d, use --max-log-requests to increase the limit"
              .formatted(streams.count(), most));
    }
    streams.print(options.follows());
    return 0;
  }

  private List<Map<String, Object>> pods() throws IOException {
    if (selector.isGiven()) {
      if (!words.isEmpty()) {
        throw new CommandException("only a selector (-l) or a POD name is allowed");
      }
      var query = new LinkedHashMap<String, String>();
      selector.addTo(query);
      var pods =
          ObjectOutput.objectsOf(
              api.get(ResourceType.POD.path(namespace.namespace()) + KubeApi.query(query)));
      if (pods.isEmpty()) {
        context
            .err()
            .println("No resources found in " + namespace.namespace().name() + " namespace.");
      }
      return pods;
    }
    if (words.isEmpty()) {
      throw new CommandException("a pod is needed, or a selector (-l): sandjar logs POD");
    }
    if (words.size() > 1) {
      if (container != null) {
        throw new CommandException("only one of -c or an inline CONTAINER arg is allowed");
      }
      container = words.get(1);
    }
    var name = ResourceType.podName(words.get(0));
    return List.of(api.get(ResourceType.POD.path(namespace.namespace(), name)));
  }

  private List<String> containers(Map<String, Object> pod) {
    if (allContainers) {
      return PodContainer.all(pod);
    }
    var names = new ArrayList<String>();
    names.add(container == null ? PodContainer.defaultOf(context, pod) : container);
    return names;
  }

  private Map<String, String> query(String name) {
    var query = options.query(selector.isGiven() ? TAIL_OF_SELECTED : LogOptions.ALL);
    query.put("container", name);
    query.put("previous", previous ? "true" : null);
    query.put("limitBytes", limitBytes == null ? null : limitBytes.toString());
    query.put("sinceTime", sinceTime);
    return query;
  }
}
