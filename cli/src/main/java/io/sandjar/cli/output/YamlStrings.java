package io.sandjar.cli.output;

import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.representer.StandardRepresenter;

/**
 * Writes strings as kubectl does: those of several lines as a block, and quoted where a parser of
 * YAML 1.1, which kubectl's is, would read something else than a string.
 */
final class YamlStrings extends StandardRepresenter {
  private static final Pattern AMBIGUOUS =
      Pattern.compile(
          "(?i)|~|null|y|n|yes|no|on|off|true|false|<<|="
              + "|[-+]?(0b[01_]+|0x[0-9a-f_]+|0o?[0-7_]+|[0-9][0-9_]*)"
              + "|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\\.[0-9_]*)?"
              + "|[-+]?(\\.[0-9]+|[0-9][0-9_]*(\\.[0-9_]*)?)(e[-+]?[0-9]+)?"
              + "|[-+]?\\.(inf|nan)"
              + "|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([t ].*)?");

  YamlStrings(DumpSettings settings) {
    super(settings);
    representers.put(
        String.class, value -> representScalar(Tag.STR, value.toString(), style(value.toString())));
  }

  private static ScalarStyle style(String text) {
    if (text.contains("\n") && !text.startsWith(" ") && text.indexOf('\t') < 0) {
      return ScalarStyle.LITERAL;
    }
    return AMBIGUOUS.matcher(text).matches() ? ScalarStyle.DOUBLE_QUOTED : ScalarStyle.PLAIN;
  }
}
