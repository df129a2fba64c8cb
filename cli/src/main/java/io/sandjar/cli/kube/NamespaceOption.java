package io.sandjar.cli.kube;

import picocli.CommandLine.Option;

/** The option that says which namespace a command is about. */
public final class NamespaceOption {

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NAMESPACE",
      description = "The namespace (default).")
  private String namespace;

  public Namespaced namespace() {
    return Namespaced.in(namespace == null ? Namespaced.DEFAULT : namespace);
  }

  /** The namespace of a manifest: its own, which must not differ from the option's. */
  public Namespaced namespace(String ofManifest, String what) {
    if (ofManifest != null && namespace != null && !ofManifest.equals(namespace)) {
      throw new io.sandjar.cli.CommandException(
          "%s is in the namespace \"%s\", and --namespace says \"%s\""
              .formatted(what, ofManifest, namespace));
    }
    return ofManifest == null ? namespace() : Namespaced.in(ofManifest);
  }
}
