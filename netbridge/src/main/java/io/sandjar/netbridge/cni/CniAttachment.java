package io.sandjar.netbridge.cni;

import java.util.List;
import java.util.Map;

/**
 * A container's interface on a CNI network, as the plugins are told of it.
 *
 * @param netns path of the network namespace, or the empty string in a DEL after it is gone
 * @param args pairs for CNI_ARGS, in order
 * @param capabilityArgs what plugins may ask for by capability: {@code portMappings}, {@code
 *     bandwidth}, {@code ips}, {@code dns} ...
 */
public record CniAttachment(
    String containerId,
    String netns,
    String ifName,
    List<Map.Entry<String, String>> args,
    Map<String, Object> capabilityArgs) {

  /** CNI_ARGS: {@code KEY=value;KEY=value}. */
  String cniArgs() {
    StringBuilder text = new StringBuilder();
    for (Map.Entry<String, String> arg : args) {
      if (text.length() > 0) {
        text.append(';');
      }
      text.append(arg.getKey()).append('=').append(arg.getValue());
    }
    return text.toString();
  }

  /** The same attachment of a namespace that is gone. */
  CniAttachment withoutNetns() {
    return new CniAttachment(containerId, "", ifName, args, capabilityArgs);
  }
}
