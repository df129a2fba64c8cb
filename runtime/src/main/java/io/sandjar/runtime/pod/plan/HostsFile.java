package io.sandjar.runtime.pod.plan;

import io.sandjar.runtime.pod.schema.Trees;
import java.util.List;
import java.util.Map;

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
    String subdomain = Trees.string(spec, "subdomain", "");
    for (String address : addresses) {
      text.append(address).append('\t');
      if (!subdomain.isEmpty()) {
        text.append(hostname).append('.').append(subdomain).append('.');
        text.append(Trees.string(Trees.object(pod, "metadata"), "namespace", ""));
        text.append(".svc.cluster.local\t");
      }
      text.append(hostname).append('\n');
    }
    return text.append(aliases(spec)).toString();
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
