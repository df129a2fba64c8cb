package io.sandjar.cli.command;

import io.sandjar.cli.CommandException;
import io.sandjar.cli.Context;
import io.sandjar.cli.kube.KubeApi;
import io.sandjar.cli.kube.NamespaceOption;
import io.sandjar.cli.kube.ResourceType;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Prints what a pod's containers have written. */
@Command(
    name = "logs",
    description = {
      "Prints what a pod's container has written.",
      "",
      "  sandjar logs echo",
      "  sandjar logs -f counter -c db",
      "  sandjar logs counter --all-containers --tail 20 --timestamps"
    })
public final class LogsCommand implements Callable<Integer> {
  private static final int BUFFER_BYTES = 16 * 1024;

  private final Context context;
  private final KubeApi api;

  @Parameters(
      arity = "1..2",
      paramLabel = "POD [CONTAINER]",
      description = "The pod, and its container where it has several.")
  private List<String> words;

  @Mixin private NamespaceOption namespace;

  @Option(
      names = {"-c", "--container"},
      paramLabel = "CONTAINER",
      description = "The container.")
  private String container;

  @Option(names = "--all-containers", description = "All of the pod's, one after the other.")
  private boolean allContainers;

  @Option(
      names = {"-f", "--follow"},
      description = "Go on with what is written later.")
  private boolean follow;

  @Option(
      names = {"-p", "--previous"},
      description = "The container before its last restart.")
  private boolean previous;

  @Option(names = "--tail", paramLabel = "LINES", description = "Only the last lines.")
  private Integer tail;

  @Option(names = "--since", paramLabel = "TIME", description = "Only what is newer: 10s, 5m, 2h.")
  private String since;

  @Option(names = "--timestamps", description = "With the time of each line.")
  private boolean timestamps;

  public LogsCommand(Context context) {
    this.context = context;
    this.api = new KubeApi(context);
  }

  @Override
  public Integer call() throws IOException {
    var pod = words.get(0).replaceFirst("^(pods?|po)/", "");
    var path = ResourceType.POD.path(namespace.namespace(), pod);
    if (words.size() > 1) {
      container = words.get(1);
    }
    for (var name : containers(path)) {
      print(path + "/log" + KubeApi.query(query(name)));
    }
    return 0;
  }

  private List<String> containers(String path) throws IOException {
    var names = new ArrayList<String>();
    if (!allContainers) {
      names.add(container);
      return names;
    }
    var spec = KubeApi.map(api.get(path), "spec");
    for (var list : List.of("initContainers", "containers")) {
      KubeApi.maps(spec, list).forEach(each -> names.add(String.valueOf(each.get("name"))));
    }
    return names;
  }

  private LinkedHashMap<String, String> query(String name) {
    var query = new LinkedHashMap<String, String>();
    query.put("container", name);
    query.put("follow", follow ? "true" : null);
    query.put("previous", previous ? "true" : null);
    query.put("timestamps", timestamps ? "true" : null);
    query.put("tailLines", tail == null || tail < 0 ? null : tail.toString());
    query.put("sinceSeconds", since == null ? null : String.valueOf(seconds(since)));
    return query;
  }

  private static long seconds(String duration) {
    long seconds = 0;
    var rest = duration;
    while (!rest.isEmpty()) {
      var digits = rest.replaceFirst("[^0-9].*", "");
      if (digits.isEmpty() || digits.length() == rest.length() || digits.length() > 9) {
        throw new CommandException("--since must be a time such as 10s, 5m or 2h, not " + duration);
      }
      int unit = "smhd".indexOf(rest.charAt(digits.length()));
      if (unit < 0) {
        throw new CommandException("--since must be a time such as 10s, 5m or 2h, not " + duration);
      }
      seconds += Long.parseLong(digits) * new int[] {1, 60, 3600, 86400}[unit];
      rest = rest.substring(digits.length() + 1);
    }
    return seconds;
  }

  private void print(String path) throws IOException {
    try (var response = api.open(path)) {
      copy(response.body());
    }
  }

  /** Copies as it comes, so that a follower sees each line at once. */
  private void copy(InputStream body) throws IOException {
    var buffer = new byte[BUFFER_BYTES];
    for (int count = body.read(buffer); count >= 0; count = body.read(buffer)) {
      context.out().write(buffer, 0, count);
      context.out().flush();
      if (context.out().checkError()) {
        return; // whoever read our output has left
      }
    }
  }
}
