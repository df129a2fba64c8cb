package bench;

import io.sandjar.netbridge.AttachRequest;
import io.sandjar.netbridge.Attachment;
import io.sandjar.netbridge.Bandwidth;
import io.sandjar.netbridge.Cidr;
import io.sandjar.netbridge.PortMapping;
import io.sandjar.netbridge.bandwidth.TcShaper;
import io.sandjar.netbridge.bridge.BridgeNetwork;
import io.sandjar.netbridge.bridge.BridgeSettings;
import io.sandjar.netbridge.namespace.NetworkNamespace;
import io.sandjar.netbridge.nft.NftFirewall;
import io.sandjar.netbridge.routes.PeerTable;
import io.sandjar.netbridge.routes.StaticRoutes;
import io.sandjar.netbridge.rtnl.LinkChange;
import io.sandjar.netbridge.rtnl.NewLink;
import io.sandjar.netbridge.rtnl.Route;
import io.sandjar.netbridge.rtnl.Rtnl;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * How long attaching a pod with a host port takes, and detaching it; beside CNI's plugins doing the
 * same. All in a network namespace that stands for a node.
 */
public final class Net {
  private static final double ATTACH_BUDGET_MS = 5;
  private static final double DETACH_BUDGET_MS = 2;
  private static final double GROWTH_BUDGET = 1.5;
  private static final int FIRST_HOST_PORT = 20_000;
  private static final int CONTAINER_PORT = 80;

  /** The parts of a crowd whose costs are compared. */
  private static final int CROWD_PARTS = 5;

  private final NetworkNamespace node;
  private final Path folder;

  private Net(NetworkNamespace node, Path folder) {
    this.node = node;
    this.folder = folder;
  }

  public static void main(String[] options) throws Exception {
    var arguments = new Arguments(options, "runs", "crowd", "cni-runs", "cni-bin");
    var folder = Files.createTempDirectory("sandjar-bench-net");
    var report = new Report("net");
    try (var node = NetworkNamespace.create();
        var outside = NetworkNamespace.create()) {
      wire(node, outside);
      var bench = new Net(node, folder);
      bench.alone(report, arguments.number("runs", 200));
      bench.crowd(report, arguments.number("crowd", 250));
      var plugins = Path.of(arguments.text("cni-bin").orElse("/usr/lib/cni"));
      bench.cni(report, plugins, arguments.number("cni-runs", 20));
    }
    delete(folder);
    report.finish(arguments.json());
  }

  private static void delete(Path folder) throws Exception {
    try (var files = Files.list(folder)) {
      for (var file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }

  /** The node gets an uplink and a default route, as nodes have. */
  private static void wire(NetworkNamespace node, NetworkNamespace outside) throws Exception {
    try (var rtnl = Rtnl.in(node)) {
      rtnl.setLink(LinkChange.of("lo").up(true));
      rtnl.addLink(NewLink.veth("up0", NewLink.peer("eth0").bornIn(outside.fd())).bornUp());
      int up0 = rtnl.link("up0").orElseThrow().index();
      rtnl.addAddress(up0, Cidr.parse("192.0.2.2/24"));
      rtnl.addRoute(Route.byDefault(Cidr.address("192.0.2.1"), up0));
    }
  }

  /** One pod comes and goes, again and again. */
  private void alone(Report report, int runs) throws Exception {
    var attach = new ArrayList<Double>();
    var detach = new ArrayList<Double>();
    try (var network = open("bench0")) {
      int warmUp = Math.min(30, runs);
      for (int run = -warmUp; run < runs; run++) {
        var pod = NetworkNamespace.create();
        long start = System.nanoTime();
        var attachment = network.attach(request(pod, "alone-" + (run + warmUp), 0));
        long attached = System.nanoTime();
        // What a sandbox's end does: its last process is gone, then the network is told.
        pod.close();
        long ended = System.nanoTime();
        network.detach(attachment);
        long detached = System.nanoTime();
        if (run >= 0) {
          attach.add((attached - start) / 1e6);
          detach.add((detached - ended) / 1e6);
        }
      }
    }
    report
        .row("attach", "ms", new Samples(attach), ATTACH_BUDGET_MS)
        .row("detach", "ms", new Samples(detach), DETACH_BUDGET_MS);
  }

  /** Many pods on one bridge: what the last ones cost, compared with the first. */
  private void crowd(Report report, int pods) throws Exception {
    var attach = new ArrayList<Double>();
    var attached = new ArrayList<Attachment>();
    try (var network = open("bench1")) {
      for (int i = 0; i < pods; i++) {
        try (var pod = NetworkNamespace.create()) {
          long start = System.nanoTime();
          attached.add(network.attach(request(pod, "crowd-" + i, i)));
          attach.add((System.nanoTime() - start) / 1e6);
        }
      }
      for (var one : attached) {
        network.detach(one);
      }
    }
    int part = Math.max(1, pods / CROWD_PARTS);
    var first = new Samples(attach.subList(0, part));
    var last = new Samples(attach.subList(pods - part, pods));
    report
        .row("attach, the first " + part + " of " + pods, "ms", first)
        .row("attach, the last " + part + " of " + pods, "ms", last)
        .row(
            "growth of the cost per pod",
            "x",
            new Samples(List.of(last.median() / first.median())),
            GROWTH_BUDGET);
  }

  private void cni(Report report, Path plugins, int runs) throws Exception {
    if (!Files.isExecutable(plugins.resolve("portmap"))) {
      System.out.println("no CNI plugins in " + plugins + ": nothing to compare with");
      return;
    }
    var add = new ArrayList<Double>();
    var del = new ArrayList<Double>();
    var data = folder.resolve("ipam");
    try (var peer = new CniPeer(node, plugins, data)) {
      for (int run = -1; run < runs; run++) {
        var file = folder.resolve("cni-pod");
        try (var pod = NetworkNamespace.create()) {
          pod.bind(file);
          long start = System.nanoTime();
          var result = peer.add("cni-" + run, file, FIRST_HOST_PORT, CONTAINER_PORT);
          long added = System.nanoTime();
          peer.delete("cni-" + run, file, FIRST_HOST_PORT, CONTAINER_PORT, result);
          long deleted = System.nanoTime();
          if (run >= 0) {
            add.add((added - start) / 1e6);
            del.add((deleted - added) / 1e6);
          }
        } finally {
          NetworkNamespace.unbind(file);
        }
      }
    }
    report
        .row("CNI bridge + host-local + portmap: ADD", "ms", new Samples(add))
        .row("CNI bridge + host-local + portmap: DEL", "ms", new Samples(del));
  }

  private BridgeNetwork open(String bridge) throws Exception {
    var settings =
        new BridgeSettings(
            bridge,
            List.of(Cidr.parse("10.88.0.0/16")),
            List.of(),
            Optional.empty(),
            Optional.empty(),
            0,
            folder.resolve(bridge));
    Files.createDirectories(settings.namespaceFolder());
    var network =
        BridgeNetwork.open(
            settings,
            node.duplicate(),
            new PeerTable("bench", List.of(), Optional.empty()),
            new StaticRoutes(),
            new NftFirewall(node, "sandjar-" + bridge),
            new TcShaper(Rtnl.in(node)));
    network.reconcile(List.of());
    return network;
  }

  private static AttachRequest request(NetworkNamespace pod, String id, int number) {
    return new AttachRequest(
        id,
        pod,
        new AttachRequest.Pod("default", id, id, id),
        List.of(
            new PortMapping(
                PortMapping.Protocol.TCP, FIRST_HOST_PORT + number, CONTAINER_PORT, "")),
        Bandwidth.UNLIMITED,
        Set.of());
  }
}
