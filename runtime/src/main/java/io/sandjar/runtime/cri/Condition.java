package io.sandjar.runtime.cri;

/**
 * Whether one part of the node is fit to run pods.
 *
 * @param reason one CamelCase word for machines; empty when met
 * @param message for people: what is missing and how to get it; empty when met
 */
public record Condition(boolean met, String reason, String message) {
  public static final Condition MET = new Condition(true, "", "");

  public static Condition unmet(String reason, String message) {
    return new Condition(false, reason, message);
  }
}
