package io.sandjar.cli.command;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sandjar.cli.CommandException;
import io.sandjar.cli.Context;
import io.sandjar.cli.http.HttpRequest;
import io.sandjar.cli.output.Documents;
import io.sandjar.cli.output.NetworkText;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Shows the pod network of this node. */
@Command(
    name = "net",
    description = {
      "Shows the pod network of this node: its state, its pods, and the ways to other nodes.",
      "",
      "  sandjar net                   everything at a glance",
      "  sandjar net pods              the attached pods",
      "  sandjar net routes            the ways to other nodes' pods",
      "  sandjar net route add|rm|ls   change them at run time",
      "  sandjar net --graph svg > network.svg"
    })
public final class NetCommand implements Callable<Integer> {
  static final String BASE = "/apis/sandjar.io/v1/network";

  private final Context context;

  @Option(
      names = "--graph",
      paramLabel = "FORMAT",
      description = "Print a picture instead: svg or mermaid.")
  private String graph;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      description = "json or yaml.")
  private String output;

  public NetCommand(Context context) {
    this.context = context;
  }

  /** With its commands for single routes below it. */
  public static CommandLine line(Context context) {
    return new CommandLine(new NetCommand(context))
        .addSubcommand("route", new NetRouteCommand(context));
  }

  @Override
  public Integer call() throws IOException {
    if (graph != null) {
      return draw();
    }
    return print(context, BASE, output, NetworkText::overview);
  }

  @Command(name = "status", description = "Prints the state of the network, as net alone does.")
  int status(
      @Option(
              names = {"-o", "--output"},
              paramLabel = "FORMAT",
              description = "json or yaml.")
          String format)
      throws IOException {
    return print(context, BASE, format, NetworkText::overview);
  }

  @Command(name = "pods", description = "Lists the attached pods with their addresses.")
  int pods(
      @Option(
              names = {"-o", "--output"},
              paramLabel = "FORMAT",
              description = "json or yaml.")
          String format)
      throws IOException {
    return print(context, BASE + "/pods", format, tree -> NetworkText.pods(items(tree)));
  }

  @Command(name = "routes", description = "Lists the ways to other nodes' pods.")
  int routes(
      @Option(
              names = {"-o", "--output"},
              paramLabel = "FORMAT",
              description = "json or yaml.")
          String format)
      throws IOException {
    return print(context, BASE + "/routes", format, tree -> NetworkText.routes(items(tree)));
  }

  private int draw() throws IOException {
    if (!graph.equals("svg") && !graph.equals("mermaid")) {
      throw new CommandException("--graph must be svg or mermaid, not '" + graph + "'");
    }
    try (var response = context.ask(HttpRequest.get(BASE + "/graph?format=" + graph))) {
      context.out().print(response.text());
    }
    return 0;
  }

  static int print(
      Context context, String path, String format, Function<Map<String, Object>, String> table)
      throws IOException {
    Map<String, Object> tree;
    try (var response = context.ask(HttpRequest.get(path))) {
      tree = JSON.std.mapFrom(response.text());
    }
    context
        .out()
        .print(
            switch (format == null ? "table" : format) {
              case "table" -> table.apply(tree);
              case "json" -> Documents.json(tree);
              case "yaml" -> Documents.yaml(tree);
              default ->
                  throw new CommandException("--output must be json or yaml, not '" + format + "'");
            });
    return 0;
  }

  @SuppressWarnings("unchecked")
  static List<Map<String, Object>> items(Map<String, Object> tree) {
    return (List<Map<String, Object>>) tree.getOrDefault("items", List.of());
  }
}
