package io.sandjar.runtime.api;

import io.sandjar.netbridge.Cidr;
import io.sandjar.netbridge.PodNetwork;
import io.sandjar.netbridge.routes.Peer;
import io.sandjar.netbridge.routes.PeerConflictException;
import io.sandjar.netbridge.routes.PeerTable;
import io.sandjar.netbridge.topology.MermaidGraph;
import io.sandjar.netbridge.topology.SvgGraph;
import io.sandjar.netbridge.topology.Topology;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The pod network under /apis/sandjar.io/v1/network: its state, its pods, and ways to others. */
public final class NetworkRoutes {
  private static final String BASE = "/apis/sandjar.io/v1/network";
  private static final int LONGEST_ROUTE = 64 << 10;

  private final PodNetwork network;
  private final Optional<PeerTable> peers;

  /**
   * @param peers the other nodes, if the ways to them are this node's to make
   */
  public NetworkRoutes(PodNetwork network, Optional<PeerTable> peers) {
    this.network = network;
    this.peers = peers;
  }

  public void addTo(Router router) {
    router.get(BASE, request -> Response.json(network.topology().toMap()));
    router.get(BASE + "/pods", request -> list(network.topology().podMaps()));
    router.get(BASE + "/routes", request -> list(network.topology().peerMaps()));
    router.get(BASE + "/graph", request -> graph(request.query("format").orElse("svg")));
    router.post(BASE + "/routes", this::add);
    router.delete(BASE + "/routes/{name}", request -> remove(request.param("name")));
  }

  private static Response list(List<Map<String, Object>> items) {
    return Response.json(Map.of("items", items));
  }

  private Response graph(String format) throws IOException {
    return switch (format) {
      case "svg" ->
          new Response.Whole(
              200,
              "image/svg+xml",
              SvgGraph.draw(network.topology()).getBytes(StandardCharsets.UTF_8));
      case "mermaid" -> Response.text(MermaidGraph.draw(network.topology()));
      default ->
          throw new ApiException(
              400, "BadRequest", "format must be svg or mermaid, not '" + format + "'");
    };
  }

  private Response add(Request request) throws IOException {
    Map<String, Object> body = request.json(LONGEST_ROUTE);
    Peer peer;
    try {
      peer =
          new Peer(
              text(body, "name"),
              texts(body, "podCIDRs").stream().map(Cidr::parse).toList(),
              texts(body, "addresses").stream().map(Cidr::address).toList(),
              Peer.Source.RUNTIME);
    } catch (IllegalArgumentException e) {
      throw new ApiException(400, "BadRequest", e.getMessage());
    }
    try {
      peers().add(peer);
    } catch (PeerConflictException e) {
      throw new ApiException(409, "Conflict", e.getMessage());
    }
    return Response.json(201, Topology.peerMap(peer));
  }

  private Response remove(String name) throws IOException {
    try {
      if (!peers().remove(name)) {
        throw new ApiException(404, "NotFound", "there is no route to a node " + name);
      }
    } catch (IllegalArgumentException e) {
      throw new ApiException(409, "Conflict", e.getMessage());
    }
    return Response.json(Map.of("kind", "Status", "apiVersion", "v1", "status", "Success"));
  }

  private PeerTable peers() {
    return peers.orElseThrow(
        () ->
            new ApiException(
                501,
                "NotImplemented",
                "the network provider is "
                    + network.status().provider()
                    + ": the ways to other nodes are its own to make"));
  }

  private static String text(Map<String, Object> body, String key) {
    if (body.get(key) instanceof String text) {
      return text;
    }
    throw new ApiException(400, "BadRequest", "'" + key + "' must be a text");
  }

  private static List<String> texts(Map<String, Object> body, String key) {
    if (body.get(key) instanceof List<?> list && list.stream().allMatch(String.class::isInstance)) {
      return list.stream().map(String.class::cast).toList();
    }
    throw new ApiException(400, "BadRequest", "'" + key + "' must be a list of texts");
  }
}
