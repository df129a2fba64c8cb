package io.sandjar.cli.command;

import io.sandjar.cli.CommandException;
import io.sandjar.cli.Context;
import io.sandjar.cli.kube.KubeApi;
import io.sandjar.cli.kube.NamespaceOption;
import io.sandjar.cli.kube.ObjectRef;
import io.sandjar.cli.kube.ObjectWatch;
import io.sandjar.cli.kube.ResourceType;
import io.sandjar.cli.stream.PortForward;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Makes ports of a pod reachable on this machine. */
@Command(
    name = "port-forward",
    description = {
      "Makes ports of a pod reachable on this machine, until Ctrl-C.",
      "",
      "  sandjar port-forward echo 8080:3000",
      "  sandjar port-forward echo 8080:3000 9090 :5000",
      "  sandjar port-forward echo 8080:http --address 0.0.0.0"
    })
public final class PortForwardCommand implements Callable<Integer> {
  private final Context context;
  private final KubeApi api;

  @Parameters(index = "0", paramLabel = "POD", description = "The pod.")
  private String word;

  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "[LOCAL:]REMOTE",
      description = "A port, or a local and a remote one; an empty local one is any free.")
  private List<String> ports;

  @Mixin private NamespaceOption namespace;

  @Option(
      names = "--address",
      paramLabel = "ADDRESS",
      split = ",",
      description = "Where to listen (localhost).")
  private List<String> addresses = List.of("localhost");

  public PortForwardCommand(Context context) {
    this.context = context;
    this.api = new KubeApi(context);
  }

  @Override
  public Integer call() throws IOException {
    var ref = new ObjectRef(ResourceType.POD, namespace.namespace(), ResourceType.podName(word));
    var pod = api.get(ref.path());
    var phase = String.valueOf(KubeApi.map(pod, "status").get("phase"));
    if (!phase.equals("Running")) {
      throw new CommandException(
          "unable to forward port because pod is not running. Current status=" + phase);
    }
    for (var port : ports) {
      int colon = port.indexOf(':');
      int remote = remotePort(pod, port.substring(colon + 1));
      int local = colon < 0 ? remote : colon == 0 ? 0 : number(port, port.substring(0, colon));
      listen(ref, local, remote);
    }
    context.out().flush();
    ObjectWatch.await(
        api,
        ref,
        OptionalLong.empty(),
        state ->
            state.isEmpty() || !"Running".equals(KubeApi.map(state.get(), "status").get("phase")));
    throw new CommandException("lost connection to pod");
  }

  /** On every address; that localhost has no IPv6 here is no failure. */
  private void listen(ObjectRef pod, int local, int remote) throws IOException {
    int chosen = local;
    IOException failure = null;
    boolean listens = false;
    for (var address : addresses()) {
      try {
        chosen = PortForward.listen(context, pod.path(), address, chosen, remote).localPort();
        listens = true;
        context.out().println("Forwarding from " + shown(address) + ":" + chosen + " -> " + remote);
      } catch (IOException e) {
        failure =
            new IOException("listen on " + shown(address) + ":" + chosen + ": " + e.getMessage());
        if (!(address instanceof Inet6Address)) {
          break;
        }
      }
    }
    if (!listens) {
      throw failure;
    }
  }

  private List<InetAddress> addresses() throws IOException {
    var all = new ArrayList<InetAddress>();
    for (var address : addresses) {
      if (address.equals("localhost")) {
        all.add(InetAddress.getByName("127.0.0.1"));
        all.add(InetAddress.getByName("::1"));
      } else {
        all.add(InetAddress.getByName(address));
      }
    }
    return all;
  }

  private static String shown(InetAddress address) {
    return address instanceof Inet6Address
        ? "[" + (address.isLoopbackAddress() ? "::1" : address.getHostAddress()) + "]"
        : address.getHostAddress();
  }

  private static int remotePort(Map<String, Object> pod, String port) {
    if (port.matches("[0-9]+")) {
      return number(port, port);
    }
    for (var container : KubeApi.maps(KubeApi.map(pod, "spec"), "containers")) {
      for (var each : KubeApi.maps(container, "ports")) {
        if (port.equals(each.get("name"))) {
          return ((Number) each.get("containerPort")).intValue();
        }
      }
    }
    throw new CommandException("no container of the pod has a port named \"" + port + "\"");
  }

  private static int number(String port, String digits) {
    if (!digits.matches("[0-9]{1,5}") || Integer.parseInt(digits) > 65535) {
      throw new CommandException(
          "a port is 1 to 65535, or LOCAL:REMOTE, and there is \"" + port + "\"");
    }
    return Integer.parseInt(digits);
  }
}
