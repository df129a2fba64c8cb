package io.sandjar.runtime.cri;

import io.sandjar.cri.v1.ContainerConfig;
import io.sandjar.cri.v1.PodSandboxConfig;
import io.sandjar.runtime.container.ContainerSpec;
import io.sandjar.runtime.sandbox.SandboxSpec;
import java.util.Map;

/**
 * Reads the documents that describe sandboxes and containers by the CRI's own fields, as crictl's
 * files do, with the checks of the CRI.
 */
public final class ConfigDocuments {
  private static final String CONFIG = "config";

  private ConfigDocuments() {}

  public static SandboxSpec sandbox(Map<String, Object> document) {
    PodSandboxConfig.Builder config = PodSandboxConfig.newBuilder();
    MessageReader.read(CONFIG, document, config);
    return SandboxSpecs.read(config.build(), "");
  }

  public static ContainerSpec container(Map<String, Object> document) {
    ContainerConfig.Builder config = ContainerConfig.newBuilder();
    MessageReader.read(CONFIG, document, config);
    return ContainerSpecs.read(config.build());
  }
}
