package io.sandjar.cli.output;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;

/** Trees of maps, lists and plain values as JSON or YAML text. */
public final class Documents {
  private static final String INDENT = "    ";

  private Documents() {}

  /** Indented, with a newline at its end. */
  public static String json(Object tree) {
    var text = new StringBuilder();
    try {
      write(tree, "\n", text);
    } catch (IOException e) {
      throw new UncheckedIOException("write JSON", e);
    }
    return text.append('\n').toString();
  }

  private static void write(Object value, String line, StringBuilder text) throws IOException {
    var inner = line + INDENT;
    if (value instanceof Map<?, ?> map && !map.isEmpty()) {
      var separator = "{";
      for (var entry : map.entrySet()) {
        text.append(separator).append(inner);
        text.append(JSON.std.asString(entry.getKey().toString())).append(": ");
        write(entry.getValue(), inner, text);
        separator = ",";
      }
      text.append(line).append('}');
    } else if (value instanceof List<?> list && !list.isEmpty()) {
      var separator = "[";
      for (var item : list) {
        text.append(separator).append(inner);
        write(item, inner, text);
        separator = ",";
      }
      text.append(line).append(']');
    } else {
      text.append(JSON.std.asString(value));
    }
  }

  public static String yaml(Object tree) {
    var settings =
        DumpSettings.builder()
            .setDefaultFlowStyle(FlowStyle.BLOCK)
            .setSplitLines(false)
            .setMultiLineFlow(false)
            .setDereferenceAliases(true)
            .build();
    return new Dump(settings, new YamlStrings(settings)).dumpToString(tree);
  }

  /** The same tree with the keys of every map in order, as kubectl prints objects. */
  public static Object sorted(Object tree) {
    if (tree instanceof Map<?, ?> map) {
      var sorted = new TreeMap<String, Object>();
      map.forEach((key, value) -> sorted.put(key.toString(), sorted(value)));
      return sorted;
    }
    return tree instanceof List<?> list ? list.stream().map(Documents::sorted).toList() : tree;
  }
}
