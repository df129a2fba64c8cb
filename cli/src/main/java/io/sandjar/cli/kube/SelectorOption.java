package io.sandjar.cli.kube;

import java.util.Map;
import picocli.CommandLine.Option;

/** The options that say which of the objects of a type a command is about. */
public final class SelectorOption {

  @Option(
      names = {"-l", "--selector"},
      paramLabel = "SELECTOR",
      description = "Only those with these labels: a=b, a!=b, a, !a, 'a in (b,c)'.")
  private String labels;

  @Option(
      names = "--field-selector",
      paramLabel = "SELECTOR",
      description = "Only those with these fields: status.phase=Running.")
  private String fields;

  public boolean isGiven() {
    return labels != null || fields != null;
  }

  public boolean hasLabels() {
    return labels != null;
  }

  /** Adds what was given to the parameters of a list. */
  public void addTo(Map<String, String> query) {
    query.put("labelSelector", labels);
    query.put("fieldSelector", fields);
  }
}
