package io.sandjar.cli.command;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sandjar.cli.Context;
import io.sandjar.cli.http.HttpRequest;
import io.sandjar.cli.output.NetworkText;
import io.sandjar.cli.output.OutputOption;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Changes the ways to other nodes' pods at run time. */
@Command(
    name = "route",
    description = {
      "Changes the ways to other nodes' pods. What is added here outlives the daemon.",
      "",
      "  sandjar net route add node-b 10.89.0.0/16 192.168.0.2",
      "  sandjar net route rm node-b",
      "  sandjar net route ls"
    })
public final class NetRouteCommand implements Runnable {
  private static final String ROUTES = NetCommand.BASE + "/routes";

  private final Context context;
  private final NetCommand net;

  @Spec private picocli.CommandLine.Model.CommandSpec spec;

  NetRouteCommand(Context context, NetCommand net) {
    this.context = context;
    this.net = net;
  }

  @Override
  public void run() {
    throw new picocli.CommandLine.ParameterException(
        spec.commandLine(), "one of add, rm and ls is needed");
  }

  @Command(
      name = "add",
      description = {
        "Tells where another node's pods are. Two nodes cannot have the same addresses.",
        "",
        "  sandjar net route add node-b 10.89.0.0/16 192.168.0.2"
      })
  int add(
      @Parameters(index = "0", paramLabel = "NODE", description = "The node's name.") String name,
      @Parameters(
              index = "1",
              paramLabel = "POD-CIDR[,POD-CIDR]",
              split = ",",
              description = "Its pods' networks: one IPv4, one IPv6, or both.")
          List<String> podCidrs,
      @Parameters(
              index = "2",
              paramLabel = "ADDRESS[,ADDRESS]",
              split = ",",
              description = "The node's own address, of each family that its pods have.")
          List<String> addresses)
      throws IOException {
    byte[] body =
        JSON.std.asBytes(Map.of("name", name, "podCIDRs", podCidrs, "addresses", addresses));
    try (var response =
        context.ask(HttpRequest.of("POST", ROUTES).body("application/json", body))) {
      response.text();
    }
    context.out().println("route to " + name + " added");
    return 0;
  }

  @Command(
      name = "rm",
      description = {
        "Forgets a route that was added at run time.",
        "",
        "  sandjar net route rm node-b"
      })
  int remove(@Parameters(paramLabel = "NODE", description = "The node's name.") String name)
      throws IOException {
    try (var response =
        context.ask(HttpRequest.of("DELETE", ROUTES + "/" + HttpRequest.encode(name)))) {
      response.text();
    }
    context.out().println("route to " + name + " removed");
    return 0;
  }

  @Command(
      name = "ls",
      description = {"Lists the routes, as net routes does.", "", "  sandjar net route ls"})
  int list(@Mixin OutputOption format) throws IOException {
    return NetCommand.print(
        context, ROUTES, net.output(format), tree -> NetworkText.routes(NetCommand.items(tree)));
  }
}
