package io.sandjar.netbridge.cni;

import io.sandjar.netbridge.AttachRequest;
import io.sandjar.netbridge.Attachment;
import io.sandjar.netbridge.Bandwidth;
import io.sandjar.netbridge.Cidr;
import io.sandjar.netbridge.IpFamily;
import io.sandjar.netbridge.PortMapping;
import io.sandjar.netbridge.bandwidth.TcShaper;
import io.sandjar.netbridge.cni.CniResult.Interface;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Says in CNI's words what a pod wants, and in ours what a CNI network gave it. */
final class PodAttachment {
  static final String POD_INTERFACE = "eth0";
  private static final String NETWORK = "network";
  private static final int COMMON_MTU = 1500;

  private PodAttachment() {}

  /**
   * The pod's interface as plugins are told of it, with the arguments that a kubelet's pods have.
   */
  static CniAttachment toCni(AttachRequest request, Path namespace) {
    AttachRequest.Pod pod = request.pod();
    Map<String, Object> capabilities = new LinkedHashMap<>();
    capabilities.put(
        "portMappings", request.portMappings().stream().map(PodAttachment::portMapping).toList());
    capabilities.put("bandwidth", bandwidth(request.bandwidth()));
    return new CniAttachment(
        request.sandboxId(),
        namespace.toString(),
        POD_INTERFACE,
        List.of(
            Map.entry("IgnoreUnknown", "1"),
            Map.entry("K8S_POD_NAMESPACE", pod.namespace()),
            Map.entry("K8S_POD_NAME", pod.name()),
            Map.entry("K8S_POD_INFRA_CONTAINER_ID", request.sandboxId()),
            Map.entry("K8S_POD_UID", pod.uid())),
        capabilities);
  }

  private static Map<String, Object> portMapping(PortMapping mapping) {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("hostPort", mapping.hostPort());
    map.put("containerPort", mapping.containerPort());
    map.put("protocol", mapping.protocol().name().toLowerCase(Locale.ROOT));
    if (!mapping.hostIp().isEmpty()) {
      map.put("hostIP", mapping.hostIp());
    }
    return map;
  }

  /** Rates and bursts are in bits; what a pod has no limit for is left out. */
  private static Map<String, Object> bandwidth(Bandwidth bandwidth) {
    Map<String, Object> map = new LinkedHashMap<>();
    if (bandwidth.ingress() > 0) {
      map.put("ingressRate", bandwidth.ingress());
      map.put("ingressBurst", TcShaper.burstBytes(bandwidth.ingress(), COMMON_MTU) * 8L);
    }
    if (bandwidth.egress() > 0) {
      map.put("egressRate", bandwidth.egress());
      map.put("egressBurst", TcShaper.burstBytes(bandwidth.egress(), COMMON_MTU) * 8L);
    }
    return map;
  }

  /** The pod's attachment by what the network answered. */
  static Attachment of(
      AttachRequest request, String provider, Path namespace, String network, CniResult result)
      throws CniException {
    List<Cidr> addresses = new ArrayList<>();
    List<InetAddress> gateways = new ArrayList<>();
    try {
      for (CniResult.Address each : result.addresses()) {
        addresses.add(Cidr.parse(each.address()));
        if (!each.gateway().isEmpty()) {
          gateways.add(Cidr.address(each.gateway()));
        }
      }
    } catch (IllegalArgumentException e) {
      throw new CniException("network " + network + ": " + e.getMessage(), e);
    }
    if (addresses.isEmpty()) {
      throw new CniException(
          "network " + network + " gave " + POD_INTERFACE + " of the pod no address");
    }
    // The primary address is the IPv4 one where there are both, as other runtimes have it.
    addresses.sort(Comparator.comparing(address -> address.family() != IpFamily.IPV4));
    Optional<Interface> pod =
        result.interfaces().stream()
            .filter(each -> !each.isOnHost() && each.name().equals(POD_INTERFACE))
            .findFirst();
    // Plugins that make a bridge list it before the pod's own link.
    String host =
        result.interfaces().stream()
            .filter(Interface::isOnHost)
            .map(Interface::name)
            .reduce("", (before, last) -> last);
    return new Attachment(
        request.sandboxId(),
        provider,
        request.pod().namespace(),
        request.pod().name(),
        addresses,
        gateways,
        pod.map(Interface::mac).orElse(""),
        pod.map(Interface::mtu).orElse(0),
        POD_INTERFACE,
        host,
        namespace.toString(),
        request.portMappings(),
        request.bandwidth(),
        Map.of(NETWORK, network));
  }
}
