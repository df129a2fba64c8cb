package io.sandjar.runtime.sandbox;

/**
 * Who the sandbox is to the one who asked for it.
 *
 * @param attempt counts the sandboxes that the same pod has had
 */
public record SandboxName(String name, String namespace, String uid, int attempt) {

  /** The name that only one sandbox may have at a time. */
  public String unique() {
    return name + '_' + namespace + '_' + uid + '_' + attempt;
  }

  /** As a log line or error names the pod. */
  @Override
  public String toString() {
    return namespace + '/' + name;
  }
}
