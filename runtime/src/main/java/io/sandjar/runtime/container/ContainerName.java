package io.sandjar.runtime.container;

import io.sandjar.runtime.sandbox.SandboxName;

/**
 * Who the container is within its pod.
 *
 * @param attempt counts how often the same container was made anew
 */
public record ContainerName(String name, int attempt) {

  /** The name that only one container may have at a time. */
  public String unique(SandboxName pod) {
    return name + '_' + pod.name() + '_' + pod.namespace() + '_' + pod.uid() + '_' + attempt;
  }
}
