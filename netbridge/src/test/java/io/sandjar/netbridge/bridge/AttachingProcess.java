package io.sandjar.netbridge.bridge;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sandjar.netbridge.AttachRequest;
import io.sandjar.netbridge.Attachment;
import io.sandjar.netbridge.Bandwidth;
import io.sandjar.netbridge.Cidr;
import io.sandjar.netbridge.PortMapping;
import io.sandjar.netbridge.bandwidth.TcShaper;
import io.sandjar.netbridge.namespace.NetworkNamespace;
import io.sandjar.netbridge.nft.NftFirewall;
import io.sandjar.netbridge.routes.PeerTable;
import io.sandjar.netbridge.routes.StaticRoutes;
import io.sandjar.netbridge.rtnl.Rtnl;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A process that attaches pods until it is killed, and prints each attachment once it is done.
 * Arguments: the node's namespace, the folder of bound namespaces, how many pods.
 */
final class AttachingProcess {
  private static final int FIRST_HOST_PORT = 20_000;

  private AttachingProcess() {}

  public static void main(String[] args) throws Exception {
    NetworkNamespace host = NetworkNamespace.open(Path.of(args[0]));
    BridgeNetwork network =
        BridgeNetwork.open(
            settings(Path.of(args[1])),
            host.duplicate(),
            new PeerTable("node", List.of(), Optional.empty()),
            new StaticRoutes(),
            new NftFirewall(host, "sandjar"),
            new TcShaper(Rtnl.in(host)));
    network.reconcile(List.of());
    for (int i = 0; i < Integer.parseInt(args[2]); i++) {
      try (NetworkNamespace pod = NetworkNamespace.create()) {
        Attachment attachment = network.attach(request("sandbox-" + i, pod, i));
        System.out.println(JSON.std.asString(attachment.toMap()));
        System.out.flush();
      }
    }
    // All are attached before the kill came; stay, so that the kill has something to end.
    Thread.sleep(Long.MAX_VALUE);
  }

  static BridgeSettings settings(Path folder) {
    return new BridgeSettings(
        "cbr0",
        List.of(Cidr.parse("10.77.0.0/22"), Cidr.parse("fd77::/64")),
        List.of(),
        Optional.empty(),
        Optional.empty(),
        0,
        folder);
  }

  /** Every pod has a host port, and every fourth a limit, so that all kinds of remains occur. */
  private static AttachRequest request(String id, NetworkNamespace pod, int number) {
    return new AttachRequest(
        id,
        pod,
        new AttachRequest.Pod("default", id, id, id),
        List.of(new PortMapping(PortMapping.Protocol.TCP, FIRST_HOST_PORT + number, 80, "")),
        number % 4 == 0 ? new Bandwidth(8_000_000, 8_000_000) : Bandwidth.UNLIMITED,
        Set.of());
  }
}
