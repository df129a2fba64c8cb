package io.sandjar.cli.kube;

import picocli.CommandLine.Option;

/** The options that say which namespace a command is about, or that it is about all. */
public final class NamespacesOption extends NamespaceOption {

  @Option(
      names = {"-A", "--all-namespaces"},
      description = "In every namespace.")
  private boolean everywhere;

  @Override
  public Namespaced namespace() {
    return everywhere ? Namespaced.EVERYWHERE : super.namespace();
  }

  public boolean isEverywhere() {
    return everywhere;
  }
}
