package io.sandjar.cli.command.machine;

import io.sandjar.cli.CommandException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options that describe a container. */
final class ContainerOptions {
  private static final int CPU_PERIOD_MICROS = 100_000;
  private static final List<String> UNITS = List.of("", "Ki", "Mi", "Gi", "Ti");

  @Option(names = "--image", paramLabel = "IMAGE", description = "Pulled where it is not here.")
  private String image;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "Its name; the image's where this is missing.")
  private String name;

  @Option(
      names = {"-e", "--env"},
      paramLabel = "NAME=VALUE",
      description = "A variable of its environment.")
  private List<String> environment = List.of();

  @Option(
      names = "--mount",
      paramLabel = "SOURCE:TARGET[:ro]",
      description = "A file or folder of this machine that it sees.")
  private List<String> mounts = List.of();

  @Option(
      names = {"-u", "--user"},
      paramLabel = "USER[:GROUP]",
      description = "Whom it runs as: a name, or ids; the image's user otherwise.")
  private String user;

  @Option(
      names = {"-w", "--workdir"},
      paramLabel = "FOLDER",
      description = "Where it starts.")
  private String workingDirectory;

  @Mixin private LabelOptions labels;

  @Option(names = "--memory", paramLabel = "BYTES", description = "Its limit: 64Mi, 1Gi.")
  private String memory;

  @Option(names = "--cpus", paramLabel = "NUMBER", description = "Its limit: 0.5, 2.")
  private Double cpus;

  @Option(names = "--privileged", description = "With all of root's rights on this machine.")
  private boolean privileged;

  @Option(names = "--read-only", description = "Its root file system cannot be written to.")
  private boolean readOnly;

  @Option(names = "--cap-add", paramLabel = "CAPABILITY", description = "A right more: NET_ADMIN.")
  private List<String> addedCapabilities = List.of();

  @Option(names = "--cap-drop", paramLabel = "CAPABILITY", description = "A right less, or ALL.")
  private List<String> droppedCapabilities = List.of();

  @Option(
      names = "--pid",
      paramLabel = "MODE",
      description = "Whose processes it sees: container (the default), pod or node.")
  private String pid = "container";

  @Option(names = "--host-network", description = "As its sandbox, if that was made so.")
  private boolean hostNetwork;

  @Option(
      names = {"-i", "--stdin"},
      description = "With an open standard input, for attach.")
  private boolean stdin;

  @Option(
      names = {"-t", "--tty"},
      description = "On a terminal of its own.")
  private boolean tty;

  boolean isGiven() {
    return image != null;
  }

  String image() {
    return image;
  }

  boolean hasHostNetwork() {
    return hostNetwork;
  }

  boolean isPrivileged() {
    return privileged;
  }

  String pid() {
    return pid;
  }

  /** The document, in the CRI's own fields. */
  Map<String, Object> config(List<String> command) {
    var config = new LinkedHashMap<String, Object>();
    config.put("metadata", Map.of("name", name == null ? nameOf(image) : name));
    config.put("image", Map.of("image", image, "user_specified_image", image));
    config.put("args", command);
    if (workingDirectory != null) {
      config.put("working_dir", workingDirectory);
    }
    config.put(
        "envs",
        Pairs.of("--env", environment).entrySet().stream()
            .map(entry -> Map.of("key", entry.getKey(), "value", entry.getValue()))
            .toList());
    config.put("mounts", mounts.stream().map(ContainerOptions::mount).toList());
    labels.addTo(config);
    config.put("stdin", stdin);
    config.put("tty", tty);
    config.put("linux", Map.of("resources", resources(), "security_context", securityContext()));
    return config;
  }

  /** The last part of an image's name, without its tag. */
  static String nameOf(String image) {
    return image.replaceFirst("@.*", "").replaceFirst(".*/", "").replaceFirst(":.*", "");
  }

  private static Map<String, Object> mount(String text) {
    String[] parts = text.split(":", -1);
    boolean readOnly = parts.length == 3 && parts[2].equals("ro");
    if (parts.length != 2 && !readOnly) {
      throw new CommandException("--mount is SOURCE:TARGET[:ro], and not \"" + text + "\"");
    }
    return Map.of("host_path", parts[0], "container_path", parts[1], "readonly", readOnly);
  }

  private Map<String, Object> resources() {
    var resources = new LinkedHashMap<String, Object>();
    if (memory != null) {
      resources.put("memory_limit_in_bytes", bytes(memory));
    }
    if (cpus != null) {
      resources.put("cpu_period", CPU_PERIOD_MICROS);
      resources.put("cpu_quota", Math.round(cpus * CPU_PERIOD_MICROS));
    }
    return resources;
  }

  static long bytes(String text) {
    String digits = text.replaceFirst("[^0-9].*", "");
    int power = UNITS.indexOf(text.substring(digits.length()).replaceFirst("B$", ""));
    if (digits.isEmpty() || digits.length() > 12 || power < 0) {
      throw new CommandException("--memory is a number such as 64Mi or 1Gi, and not " + text);
    }
    return Long.parseLong(digits) << 10 * power;
  }

  private Map<String, Object> securityContext() {
    var context = new LinkedHashMap<String, Object>();
    context.put("namespace_options", SandboxOptions.namespaces(hostNetwork, pid));
    context.put("privileged", privileged);
    context.put("readonly_rootfs", readOnly);
    context.put(
        "capabilities",
        Map.of("add_capabilities", addedCapabilities, "drop_capabilities", droppedCapabilities));
    if (!privileged) {
      context.put("seccomp", Map.of("profile_type", "RuntimeDefault"));
    }
    addUser(context);
    return context;
  }

  private void addUser(Map<String, Object> context) {
    if (user == null) {
      return;
    }
    String[] parts = user.split(":", 2);
    if (parts[0].matches("\\d{1,10}")) {
      context.put("run_as_user", Long.parseLong(parts[0]));
    } else {
      context.put("run_as_username", parts[0]);
    }
    if (parts.length == 2) {
      if (!parts[1].matches("\\d{1,10}")) {
        throw new CommandException("the group of --user must be a number, not " + parts[1]);
      }
      context.put("run_as_group", Long.parseLong(parts[1]));
    }
  }
}
