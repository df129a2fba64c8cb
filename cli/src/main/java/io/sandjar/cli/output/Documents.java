package io.sandjar.cli.output;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;

/** Trees of maps, lists and plain values as JSON or YAML text. */
public final class Documents {

  private Documents() {}

  /** Indented, with a newline at its end. */
  public static String json(Object tree) {
    try {
      return JSON.std.with(JSON.Feature.PRETTY_PRINT_OUTPUT).asString(tree) + "\n";
    } catch (IOException e) {
      throw new UncheckedIOException("write JSON", e);
    }
  }

  public static String yaml(Object tree) {
    var settings = DumpSettings.builder().setDefaultFlowStyle(FlowStyle.BLOCK).build();
    return new Dump(settings).dumpToString(tree);
  }
}
