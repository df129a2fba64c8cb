package io.sandjar.cli.command;

import io.sandjar.cli.Context;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Sets and removes annotations. */
@Command(
    name = "annotate",
    description = {
      "Sets and removes the annotations of objects.",
      "",
      "  sandjar annotate pods echo env=prod",
      "  sandjar annotate pods echo env=debug --overwrite",
      "  sandjar annotate pods echo env-"
    })
public final class AnnotateCommand implements Callable<Integer> {
  private final Context context;

  @Mixin private MetadataChange change;

  public AnnotateCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() throws IOException {
    return change.make(context, "annotations", "annotated");
  }
}
