package io.sandjar.cli.output;

import io.sandjar.cli.Context;
import io.sandjar.cli.kube.ObjectOutput;
import java.util.Map;
import java.util.function.Supplier;
import picocli.CommandLine.Option;

/** The option that says in which form a command prints what it shows. */
public final class OutputOption {

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      description = "json, yaml, wide, name, jsonpath=TEMPLATE or custom-columns=NAME:PATH,...")
  private String format;

  /** This, or where it was not given, what was given before. */
  public OutputOption or(OutputOption before) {
    return format == null ? before : this;
  }

  /** As it was given, or empty. */
  public String format() {
    return format == null ? "" : format;
  }

  public boolean isTable() {
    return ObjectOutput.isTable(format);
  }

  public boolean isWide() {
    return "wide".equals(format);
  }

  /** Prints a tree in the form that was asked for, which is a table unless it was said. */
  public void print(Context context, Map<String, Object> tree, Supplier<String> table) {
    context.out().print(isTable() ? table.get() : ObjectOutput.text(format, tree));
  }
}
