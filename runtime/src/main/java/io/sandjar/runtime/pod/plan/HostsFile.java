package io.sandjar.runtime.pod.plan;

import io.sandjar.runtime.pod.schema.Trees;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Writes a pod's /etc/hosts as the kubelet does. */
final class HostsFile {
  private static final String HEAD =
      """
      # Kubernetes-managed hosts file.
      127.0.0.1\tlocalhost
      ::1\tlocalhost ip6-localhost ip6-loopback
      fe00::0\tip6-localnet
      fe00::0\tip6-mcastprefix
      fe00::1\tip6-allnodes
      fe00::2\tip6-allrouters
      """;

  private HostsFile() {}

  static String content(Map<String, Object> pod, List<String> addresses, String hostname) {
    var text = new StringBuilder(HEAD);
    Map<String, Object> spec = Trees.object(pod, "spec");
    Optional<String> fullName = fullName(pod, hostname);
    for (String address : addresses) {
      text.append(address).append('\t');
      fullName.ifPresent(name -> text.append(name).append('\t'));
      text.append(hostname).append('\n');
    }
    return text.append(aliases(spec)).toString();
  }

  /** The name in the cluster's domain, which a pod with a subdomain has. */
  static Optional<String> fullName(Map<String, Object> pod, String hostname) {
    String namespace = Trees.string(Trees.object(pod, "metadata"), "namespace", "");
    return Trees.string(Trees.object(pod, "spec"), "subdomain")
        .filter(subdomain -> !subdomain.isEmpty())
        .map(subdomain -> hostname + "." + subdomain + "." + namespace + ".svc.cluster.local");
  }

  /** What a pod on the node's network adds to the node's own file. */
  static String aliases(Map<String, Object> spec) {
    List<Map<String, Object>> aliases = Trees.objects(spec, "hostAliases");
    if (aliases.isEmpty()) {
      return "";
    }
    var text = new StringBuilder("\n# Entries added by HostAliases.\n");
    for (Map<String, Object> alias : aliases) {
      text.append(Trees.string(alias, "ip", ""));
      Trees.strings(alias, "hostnames").forEach(name -> text.append('\t').append(name));
      text.append('\n');
    }
    return text.toString();
  }
}
