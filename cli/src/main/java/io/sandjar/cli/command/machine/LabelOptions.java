package io.sandjar.cli.command.machine;

import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;

/** The options that give a sandbox or a container what others may find it by. */
final class LabelOptions {

  @Option(names = "--label", paramLabel = "NAME=VALUE", description = "A label.")
  private List<String> labels = List.of();

  @Option(names = "--annotation", paramLabel = "NAME=VALUE", description = "An annotation.")
  private List<String> annotations = List.of();

  /** Adds them to a document in the CRI's own fields. */
  void addTo(Map<String, Object> config) {
    config.put("labels", Pairs.of("--label", labels));
    config.put("annotations", Pairs.of("--annotation", annotations));
  }
}
