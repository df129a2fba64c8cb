package io.sandjar.runtime.pod.probe;

/**
 * How one check ended.
 *
 * @param message why it failed, or what was answered
 */
public record ProbeOutcome(boolean success, String message) {

  public static ProbeOutcome success(String message) {
    return new ProbeOutcome(true, message);
  }

  public static ProbeOutcome failure(String message) {
    return new ProbeOutcome(false, message);
  }
}
