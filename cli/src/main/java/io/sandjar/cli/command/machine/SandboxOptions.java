package io.sandjar.cli.command.machine;

import io.sandjar.cli.CommandException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that describe a sandbox. */
final class SandboxOptions {
  private static final Pattern PORT =
      Pattern.compile("(?:(.+):)?(\\d{1,5}):(\\d{1,5})(?:/(tcp|udp|sctp))?");

  @Option(names = "--name", paramLabel = "NAME", description = "Its name.")
  private String name;

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NAMESPACE",
      description = "Its namespace (default).")
  private String namespace;

  @Mixin private LabelOptions labels;

  @Option(
      names = "--hostname",
      paramLabel = "NAME",
      description = "The host name in it; its name where this is missing.")
  private String hostname;

  @Option(
      names = {"-p", "--port"},
      paramLabel = "[IP:]HOST:POD[/PROTOCOL]",
      description = "A port of this machine that leads to one of the pod's.")
  private List<String> ports = List.of();

  @Option(names = "--host-network", description = "On this machine's own network.")
  private boolean hostNetwork;

  @Option(
      names = "--pid",
      paramLabel = "MODE",
      description = "Whose processes a container sees: container (the default), pod or node.")
  private String pid = "container";

  @Option(names = "--privileged", description = "Containers in it may be privileged.")
  private boolean privileged;

  @Option(names = "--sysctl", paramLabel = "NAME=VALUE", description = "A sysctl of the pod.")
  private List<String> sysctls = List.of();

  @Option(
      names = "--log-directory",
      paramLabel = "FOLDER",
      description = "Where its containers' logs lie; the daemon chooses one otherwise.")
  private String logDirectory;

  boolean isNamed() {
    return name != null;
  }

  /** The document, in the CRI's own fields. */
  Map<String, Object> config() {
    var metadata = new LinkedHashMap<String, Object>();
    metadata.put("name", name);
    if (namespace != null) {
      metadata.put("namespace", namespace);
    }
    var config = new LinkedHashMap<String, Object>();
    config.put("metadata", metadata);
    config.put("hostname", hostname == null && !hostNetwork ? name : hostname);
    labels.addTo(config);
    config.put("port_mappings", ports.stream().map(SandboxOptions::port).toList());
    if (logDirectory != null) {
      config.put("log_directory", logDirectory);
    }
    config.put(
        "linux",
        Map.of("sysctls", Pairs.of("--sysctl", sysctls), "security_context", securityContext()));
    return config;
  }

  private Map<String, Object> securityContext() {
    var context = new LinkedHashMap<String, Object>();
    context.put("namespace_options", namespaces(hostNetwork, pid));
    context.put("privileged", privileged);
    context.put("seccomp", Map.of("profile_type", "RuntimeDefault"));
    return context;
  }

  static Map<String, Object> namespaces(boolean hostNetwork, String pid) {
    if (!List.of("container", "pod", "node").contains(pid)) {
      throw new CommandException("--pid must be container, pod or node, not \"" + pid + "\"");
    }
    return Map.of("network", hostNetwork ? "NODE" : "POD", "pid", pid.toUpperCase(Locale.ROOT));
  }

  private static Map<String, Object> port(String text) {
    Matcher parts = PORT.matcher(text);
    if (!parts.matches()) {
      throw new CommandException(
          "--port is [IP:]HOST:POD[/PROTOCOL], such as 8080:80, and not \"" + text + "\"");
    }
    var port = new LinkedHashMap<String, Object>();
    if (parts.group(1) != null) {
      port.put("host_ip", parts.group(1).replaceAll("^\\[|]$", ""));
    }
    port.put("host_port", Integer.parseInt(parts.group(2)));
    port.put("container_port", Integer.parseInt(parts.group(3)));
    if (parts.group(4) != null) {
      port.put("protocol", parts.group(4).toUpperCase(Locale.ROOT));
    }
    return port;
  }
}
