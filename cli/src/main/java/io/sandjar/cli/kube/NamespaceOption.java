package io.sandjar.cli.kube;

import io.sandjar.cli.CommandException;
import java.util.Map;
import picocli.CommandLine.Option;

/** The option that says which namespace a command is about. */
public class NamespaceOption {

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NAMESPACE",
      description = "The namespace (default).")
  private String namespace;

  /** This, or where it was not given, what was given before. */
  public final NamespaceOption or(NamespaceOption before) {
    return namespace == null ? before : this;
  }

  public final boolean isGiven() {
    return namespace != null;
  }

  public Namespaced namespace() {
    return Namespaced.in(namespace == null ? Namespaced.DEFAULT : namespace);
  }

  /** The metadata of a new object, with a namespace where one was given. */
  public final Map<String, Object> metadata(String name) {
    return namespace == null ? Map.of("name", name) : Map.of("name", name, "namespace", namespace);
  }

  /** The namespace of a manifest: its own, which must not differ from the option's. */
  final Namespaced namespace(String ofManifest, String what) {
    if (ofManifest != null && namespace != null && !ofManifest.equals(namespace)) {
      throw new CommandException(
          "%s is in the namespace \"%s\", and --namespace says \"%s\""
              .formatted(what, ofManifest, namespace));
    }
    return ofManifest == null ? namespace() : Namespaced.in(ofManifest);
  }
}
