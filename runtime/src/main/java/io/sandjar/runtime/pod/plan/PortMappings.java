package io.sandjar.runtime.pod.plan;

import io.sandjar.netbridge.PortMapping;
import io.sandjar.runtime.pod.schema.Trees;
import java.util.Map;

/** Turns a container's port with a hostPort into the network's terms. */
final class PortMappings {

  private PortMappings() {}

  static PortMapping of(Map<String, Object> port, int hostPort) {
    return new PortMapping(
        PortMapping.Protocol.valueOf(Trees.string(port, "protocol", "TCP")),
        hostPort,
        Trees.number(port, "containerPort").orElse((long) hostPort).intValue(),
        Trees.string(port, "hostIP", ""));
  }
}
