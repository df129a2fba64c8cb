package io.sandjar.cli.command;

import io.sandjar.cli.CommandException;
import io.sandjar.cli.Context;
import io.sandjar.cli.http.HttpRequest;
import io.sandjar.cli.output.NetworkText;
import io.sandjar.cli.output.OutputOption;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows the pod network of this node. */
@Command(
    name = "net",
    description = {
      "Shows the pod network of this node: its state, its pods, and the ways to other nodes.",
      "",
      "  sandjar net",
      "  sandjar net pods",
      "  sandjar net route add node-b 10.89.0.0/16 192.168.0.2",
      "  sandjar net routes",
      "  sandjar net route rm node-b",
      "  sandjar net --graph > network.svg",
      "  sandjar net --graph=mermaid"
    })
public final class NetCommand implements Callable<Integer> {
  static final String BASE = "/apis/sandjar.io/v1/network";

  private static final String SVG = "svg";

  private final Context context;

  @Mixin private OutputOption output;

  @Option(
      names = "--graph",
      arity = "0..1",
      fallbackValue = SVG,
      paramLabel = "FORMAT",
      description = "Draw the network instead, as svg (the default) or mermaid: as net graph does.")
  private String graph;

  public NetCommand(Context context) {
    this.context = context;
  }

  /** With its commands for single routes below it. */
  public static CommandLine line(Context context) {
    var net = new NetCommand(context);
    return new CommandLine(net).addSubcommand("route", new NetRouteCommand(context, net));
  }

  /** The form that a command below prints in: its own, or as in {@code net -o json pods}. */
  OutputOption output(OutputOption own) {
    return own.or(output);
  }

  @Override
  public Integer call() throws IOException {
    return graph == null ? print(context, BASE, output, NetworkText::overview) : graph(graph);
  }

  @Command(
      name = "status",
      description = {
        "Prints the state of the network, as net alone does.",
        "",
        "  sandjar net status"
      })
  int status(@Mixin OutputOption format) throws IOException {
    return print(context, BASE, output(format), NetworkText::overview);
  }

  @Command(
      name = "pods",
      description = {"Lists the attached pods with their addresses.", "", "  sandjar net pods"})
  int pods(@Mixin OutputOption format) throws IOException {
    return print(context, BASE + "/pods", output(format), tree -> NetworkText.pods(items(tree)));
  }

  @Command(
      name = "routes",
      description = {"Lists the ways to other nodes' pods.", "", "  sandjar net routes"})
  int routes(@Mixin OutputOption format) throws IOException {
    return print(
        context, BASE + "/routes", output(format), tree -> NetworkText.routes(items(tree)));
  }

  @Command(
      name = "graph",
      description = {
        "Draws the network: its bridge, its pods, and the ways to other nodes.",
        "",
        "  sandjar net graph > network.svg",
        "  sandjar net graph mermaid"
      })
  int graph(
      @Parameters(
              arity = "0..1",
              defaultValue = SVG,
              paramLabel = "FORMAT",
              description = "svg (the default) or mermaid.")
          String format)
      throws IOException {
    if (!format.equals(SVG) && !format.equals("mermaid")) {
      throw new CommandException("a graph is svg or mermaid, not '" + format + "'");
    }
    try (var response = context.ask(HttpRequest.get(BASE + "/graph?format=" + format))) {
      context.out().print(response.text());
    }
    return 0;
  }

  static int print(
      Context context,
      String path,
      OutputOption output,
      Function<Map<String, Object>, String> table)
      throws IOException {
    var tree = context.askJson(HttpRequest.get(path));
    output.print(context, tree, () -> table.apply(tree));
    return 0;
  }

  @SuppressWarnings("unchecked")
  static List<Map<String, Object>> items(Map<String, Object> tree) {
    return (List<Map<String, Object>>) tree.getOrDefault("items", List.of());
  }
}
