package io.sandjar.runtime.cri;

import io.sandjar.runtime.sandbox.NamespaceMode;
import io.sandjar.runtime.sandbox.PodNamespaces;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Lets only those sysctls pass that belong to a namespace of the pod's own: any other would change
 * the whole machine.
 */
final class Sysctls {
  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9_-]+([./][a-zA-Z0-9_:-]+)*");
  private static final Set<String> IPC =
      Set.of(
          "kernel.msgmax",
          "kernel.msgmnb",
          "kernel.msgmni",
          "kernel.sem",
          "kernel.shmall",
          "kernel.shmmax",
          "kernel.shmmni",
          "kernel.shm_rmid_forced");

  private Sysctls() {}

  static void check(String field, Map<String, String> sysctls, PodNamespaces namespaces) {
    sysctls.keySet().forEach(name -> check(field + '[' + name + ']', name, namespaces));
  }

  private static void check(String field, String name, PodNamespaces namespaces) {
    if (!NAME.matcher(name).matches()) {
      throw Fields.invalid(field, "not a sysctl's name");
    }
    String dotted = name.replace('/', '.');
    if (IPC.contains(dotted) || dotted.startsWith("fs.mqueue.")) {
      refuseOnNode(field, namespaces.ipc(), "ipc");
    } else if (dotted.startsWith("net.")) {
      refuseOnNode(field, namespaces.network(), "network");
    } else {
      throw Fields.invalid(field, "is not a namespaced sysctl; a pod cannot set it");
    }
  }

  private static void refuseOnNode(String field, NamespaceMode mode, String kind) {
    if (mode == NamespaceMode.NODE) {
      throw Fields.invalid(
          field, "not allowed since the pod uses the host's " + kind + " namespace");
    }
  }
}
