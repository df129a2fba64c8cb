package io.sandjar.cli.kube;

/** One namespace, or all of them. */
public record Namespaced(String name, boolean everywhere) {
  public static final String DEFAULT = "default";

  public static Namespaced in(String name) {
    return new Namespaced(name, false);
  }

  public static final Namespaced EVERYWHERE = new Namespaced("", true);
}
