package io.sandjar.runtime.api.machine;

import io.sandjar.runtime.container.Container;
import io.sandjar.runtime.container.ContainerSpec;
import io.sandjar.runtime.container.DefaultPaths;
import io.sandjar.runtime.container.PodEngine;
import io.sandjar.runtime.linux.file.Folder;
import io.sandjar.runtime.linux.file.TreeRemoval;
import io.sandjar.runtime.pod.plan.PodFolders;
import io.sandjar.runtime.pod.plan.PodLabels;
import io.sandjar.runtime.sandbox.Sandbox;
import io.sandjar.runtime.sandbox.SandboxSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;

/**
 * Makes and removes sandboxes and containers from documents by the CRI's fields, for people and not
 * for pods: what a document leaves out (namespace, uid, where logs lie) is filled in here.
 */
public final class HandMade {
  private static final String METADATA = "metadata";
  private static final String SECURITY_CONTEXT = "security_context";

  private final PodEngine engine;
  private final Path logs;
  private final Function<Map<String, Object>, SandboxSpec> sandboxReader;
  private final Function<Map<String, Object>, ContainerSpec> containerReader;

  /**
   * @param logs under which the logs of sandboxes lie that name no folder of their own
   * @param sandboxReader reads and checks a document of a sandbox
   * @param containerReader reads and checks a document of a container
   */
  public HandMade(
      PodEngine engine,
      Path logs,
      Function<Map<String, Object>, SandboxSpec> sandboxReader,
      Function<Map<String, Object>, ContainerSpec> containerReader) {
    this.engine = engine;
    this.logs = logs;
    this.sandboxReader = sandboxReader;
    this.containerReader = containerReader;
  }

  /** Whether people made it: a kubelet and this node label what is theirs. */
  static boolean isHandMade(Sandbox sandbox) {
    return !sandbox.spec().labels().containsKey(PodLabels.POD_UID);
  }

  Sandbox run(Map<String, Object> document) throws IOException {
    Map<String, Object> config = new LinkedHashMap<>(document);
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put("namespace", "default");
    metadata.put("uid", UUID.randomUUID().toString());
    if (document.get(METADATA) instanceof Map<?, ?> given) {
      given.forEach((key, value) -> metadata.put(String.valueOf(key), value));
    }
    config.put(METADATA, metadata);
    if (!config.containsKey("log_directory") && !config.containsKey("logDirectory")) {
      String folder =
          String.join(
              "_",
              String.valueOf(metadata.get("namespace")),
              String.valueOf(metadata.get("name")),
              String.valueOf(metadata.get("uid")));
      config.put("log_directory", logs.resolve(folder.replace('/', '_')).toString());
    }
    return engine.sandboxes().run(sandboxReader.apply(config));
  }

  Container create(Sandbox sandbox, Map<String, Object> document) throws IOException {
    Map<String, Object> config = new LinkedHashMap<>(document);
    if (!config.containsKey("log_path")
        && !config.containsKey("logPath")
        && document.get(METADATA) instanceof Map<?, ?> metadata
        && metadata.get("name") instanceof String name) {
      int attempt = metadata.get("attempt") instanceof Number number ? number.intValue() : 0;
      config.put("log_path", PodFolders.logPath(name, attempt));
    }
    maskPaths(config);
    return engine.containers().create(sandbox.id(), containerReader.apply(config));
  }

  /** The usual paths of /proc and /sys are hidden unless the document says which. */
  private static void maskPaths(Map<String, Object> config) {
    if (!(config.get("linux") instanceof Map<?, ?> linux)
        || !(linux.get(SECURITY_CONTEXT) instanceof Map<?, ?> context)
        || Boolean.TRUE.equals(context.get("privileged"))) {
      return; // without a security context the reader hides them
    }
    Map<String, Object> masked = new LinkedHashMap<>();
    masked.put("masked_paths", DefaultPaths.MASKED);
    masked.put("readonly_paths", DefaultPaths.READONLY);
    context.forEach((key, value) -> masked.put(String.valueOf(key), value));
    Map<String, Object> changed = new LinkedHashMap<>();
    linux.forEach((key, value) -> changed.put(String.valueOf(key), value));
    changed.put(SECURITY_CONTEXT, masked);
    config.put("linux", changed);
  }

  /** Stops and removes, with the folder of logs where it was chosen here. */
  void remove(Sandbox sandbox) throws IOException {
    engine.teardown().remove(sandbox.id());
    Path folder = Path.of(sandbox.spec().logDirectory());
    if (isHandMade(sandbox) && logs.equals(folder.getParent()) && Files.isDirectory(folder)) {
      try (Folder open = Folder.open(logs)) {
        TreeRemoval.remove(open, folder.getFileName().toString());
      }
    }
  }
}
