package io.sandjar.netbridge.topology;

import io.sandjar.netbridge.Attachment;
import io.sandjar.netbridge.Cidr;
import io.sandjar.netbridge.NetworkStatus;
import io.sandjar.netbridge.PortMapping;
import io.sandjar.netbridge.pool.PoolUsage;
import io.sandjar.netbridge.routes.Peer;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A picture of the network as one node sees it: data for programs, and what the renderers draw.
 *
 * @param bridge what the pods are plugged in; empty where a CNI network has no such thing
 * @param mtu 0 if it is not known
 * @param way how other nodes are reached: {@code static}, {@code vxlan}, or {@code cni} where that
 *     is the plugins' to know
 * @param sysctls the kernel settings that the network needs, one sentence each
 */
public record Topology(
    String nodeName,
    List<InetAddress> nodeAddresses,
    NetworkStatus status,
    String uplink,
    String bridge,
    List<Cidr> bridgeAddresses,
    int mtu,
    String way,
    List<PoolUsage> pools,
    List<Attachment> pods,
    List<Peer> peers,
    List<String> sysctls) {

  public Topology {
    nodeAddresses = List.copyOf(nodeAddresses);
    bridgeAddresses = List.copyOf(bridgeAddresses);
    pools = List.copyOf(pools);
    pods =
        pods.stream()
            .sorted(
                Comparator.comparing(Attachment::podNamespace).thenComparing(Attachment::podName))
            .toList();
    peers = List.copyOf(peers);
    sysctls = List.copyOf(sysctls);
  }

  /** What a picture says of the bridge. */
  List<String> bridgeLines() {
    List<String> lines = new ArrayList<>();
    lines.add(bridge.isEmpty() ? "no bridge" : bridge);
    bridgeAddresses.stream().map(Cidr::toString).forEach(lines::add);
    if (mtu > 0) {
      lines.add("MTU " + mtu);
    }
    return lines;
  }

  /** What a picture says of the uplink. */
  List<String> uplinkLines() {
    List<String> lines = new ArrayList<>();
    lines.add(uplink.isEmpty() ? "no uplink" : uplink);
    lines.addAll(texts(nodeAddresses));
    return lines;
  }

  /** What a picture says of a pod. */
  static List<String> podLines(Attachment pod) {
    List<String> lines = new ArrayList<>();
    lines.add(pod.podNamespace() + "/" + pod.podName());
    lines.addAll(pod.ips());
    pod.portMappings().stream().map(PortMapping::toString).forEach(lines::add);
    return lines;
  }

  /** As a JSON document. */
  public Map<String, Object> toMap() {
    Map<String, Object> node = new LinkedHashMap<>();
    node.put("name", nodeName);
    node.put("addresses", texts(nodeAddresses));
    node.put("uplink", uplink);
    Map<String, Object> own = new LinkedHashMap<>();
    own.put("name", bridge);
    own.put("addresses", bridgeAddresses.stream().map(Cidr::toString).toList());
    own.put("mtu", mtu);
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("kind", "Network");
    map.put("apiVersion", "sandjar.io/v1");
    map.put("provider", status.provider());
    map.put("ready", status.ready());
    map.put("reason", status.reason());
    map.put("message", status.message());
    map.put("warnings", status.warnings());
    map.put("node", node);
    map.put("bridge", own);
    map.put("way", way);
    map.put("pools", pools.stream().map(Topology::poolMap).toList());
    map.put("pods", podMaps());
    map.put("routes", peerMaps());
    map.put("sysctls", sysctls);
    return map;
  }

  /** The attached pods as JSON documents. */
  public List<Map<String, Object>> podMaps() {
    return pods.stream().map(Topology::podMap).toList();
  }

  /** The ways to other nodes as JSON documents. */
  public List<Map<String, Object>> peerMaps() {
    List<Map<String, Object>> maps = new ArrayList<>();
    for (Peer peer : peers) {
      maps.add(peerMap(peer));
    }
    return maps;
  }

  public static Map<String, Object> peerMap(Peer peer) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("name", peer.name());
    map.put("podCIDRs", peer.podCidrs().stream().map(Cidr::toString).toList());
    map.put("addresses", texts(peer.nodeAddresses()));
    map.put("source", peer.source().name().toLowerCase(java.util.Locale.ROOT));
    return map;
  }

  private static Map<String, Object> poolMap(PoolUsage pool) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("podCIDR", pool.network().toString());
    map.put("capacity", pool.capacity());
    map.put("leased", pool.leased());
    map.put("quarantined", pool.quarantined());
    return map;
  }

  private static Map<String, Object> podMap(Attachment pod) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("namespace", pod.podNamespace());
    map.put("name", pod.podName());
    map.put("ips", pod.ips());
    map.put("mac", pod.mac());
    map.put("interface", pod.hostInterface());
    map.put("hostPorts", pod.portMappings().stream().map(PortMapping::toString).toList());
    map.put("ingressBitsPerSecond", pod.bandwidth().ingress());
    map.put("egressBitsPerSecond", pod.bandwidth().egress());
    map.put("sandbox", pod.sandboxId());
    map.put("networkNamespace", pod.namespacePath());
    return map;
  }

  private static List<String> texts(List<InetAddress> addresses) {
    return addresses.stream().map(Cidr::text).toList();
  }
}
