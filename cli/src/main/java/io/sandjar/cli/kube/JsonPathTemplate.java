package io.sandjar.cli.kube;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sandjar.cli.CommandException;
import io.sandjar.cli.output.Documents;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * kubectl's JSONPath templates: text with paths in braces, {@code {range PATH}...{end}}, and quoted
 * text such as {@code {"\n"}}.
 */
final class JsonPathTemplate {
  private final String template;
  private int at;

  private JsonPathTemplate(String template) {
    this.template = template;
  }

  /** The template filled in from a tree. */
  static String fill(String template, Object tree) {
    var braced = template.contains("{") ? template : "{" + template + "}";
    return new JsonPathTemplate(braced).part(List.of(tree), false);
  }

  /** Fills in up to {@code {end}}, or the template's end, once for each root. */
  private String part(List<Object> roots, boolean inRange) {
    int start = at;
    var text = new StringBuilder();
    for (var root : roots) {
      at = start;
      once(root, inRange, text);
    }
    if (roots.isEmpty()) {
      once(Map.of(), inRange, new StringBuilder());
    }
    return text.toString();
  }

  private void once(Object root, boolean inRange, StringBuilder text) {
    while (at < template.length()) {
      int open = template.indexOf('{', at);
      if (open < 0) {
        text.append(template.substring(at));
        at = template.length();
        break;
      }
      text.append(template, at, open);
      int close = closing(open);
      var inner = template.substring(open + 1, close).trim();
      at = close + 1;
      if (inner.equals("end")) {
        return;
      }
      if (inner.startsWith("range ")) {
        text.append(part(new JsonPath(inner.substring(6).trim()).values(root), true));
      } else if (inner.startsWith("\"") || inner.startsWith("'")) {
        text.append(unquoted(inner));
      } else {
        text.append(
            new JsonPath(inner)
                .values(root).stream()
                    .map(JsonPathTemplate::shown)
                    .collect(Collectors.joining(" ")));
      }
    }
    if (inRange) {
      throw new CommandException("the template \"" + template + "\" has a {range} without {end}");
    }
  }

  private int closing(int open) {
    char quote = 0;
    for (int i = open + 1; i < template.length(); i++) {
      char c = template.charAt(i);
      if (quote != 0) {
        if (c == '\\') {
          i++;
        } else if (c == quote) {
          quote = 0;
        }
      } else if (c == '"' || c == '\'') {
        quote = c;
      } else if (c == '}') {
        return i;
      }
    }
    throw new CommandException("the template \"" + template + "\" has a { without a }");
  }

  private static String unquoted(String text) {
    return text.substring(1, text.length() - 1)
        .replace("\\n", "\n")
        .replace("\\t", "\t")
        .replace("\\\"", "\"")
        .replace("\\\\", "\\");
  }

  private static String shown(Object value) {
    if (!(value instanceof Map) && !(value instanceof List)) {
      return String.valueOf(value);
    }
    try {
      return JSON.std.asString(Documents.sorted(value));
    } catch (IOException e) {
      throw new UncheckedIOException("write JSON", e);
    }
  }
}
