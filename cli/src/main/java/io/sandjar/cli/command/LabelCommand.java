package io.sandjar.cli.command;

import io.sandjar.cli.Context;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Sets and removes labels. */
@Command(
    name = "label",
    description = {
      "Sets and removes the labels of objects.",
      "",
      "  sandjar label pods echo env=prod",
      "  sandjar label pods echo env=debug --overwrite",
      "  sandjar label pods echo env-"
    })
public final class LabelCommand implements Callable<Integer> {
  private final Context context;

  @Mixin private MetadataChange change;

  public LabelCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() throws IOException {
    return change.make(context, "labels", "labeled");
  }
}
