package io.sandjar.cli.explain;

import io.sandjar.cli.CommandException;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What a kind or one of its fields is for, as {@code kubectl explain} tells it. */
public final class Explanation {
  private static final int WIDTH = 80;
  private static final int INDENT = 4;
  private static final int MOST_ALLOWED = 4;

  private final StringBuilder text = new StringBuilder();

  private Explanation() {}

  /**
   * @param document the daemon's OpenAPI v3 document
   * @param path the fields that lead to the one to explain
   * @param recursive all fields below, by name and type only
   */
  public static String of(
      Map<String, Object> document, String kind, List<String> path, boolean recursive) {
    var node =
        SchemaNode.ofKind(document, kind)
            .orElseThrow(() -> new CommandException("the daemon tells nothing of " + kind));
    for (var step : path) {
      node = node.fields().get(step);
      if (node == null) {
        throw new CommandException("field \"" + step + "\" does not exist");
      }
    }
    var explanation = new Explanation();
    explanation.head(kind, path, node);
    explanation.description(node);
    var fields = node.fields();
    if (!fields.isEmpty()) {
      explanation.text.append("FIELDS:\n");
      explanation.fields(node, recursive, 1);
    }
    return explanation.text.append('\n').toString();
  }

  private void head(String kind, List<String> path, SchemaNode node) {
    text.append("KIND:       ").append(kind).append("\nVERSION:    v1\n\n");
    if (path.isEmpty()) {
      return;
    }
    text.append("FIELD: ").append(path.get(path.size() - 1));
    text.append(" <").append(node.type()).append(">\n");
    if (node.allowed().isEmpty()) {
      text.append('\n');
    } else {
      text.append("ENUM:\n");
      node.allowed().forEach(value -> text.append("    ").append(value).append('\n'));
    }
    text.append('\n');
  }

  private void description(SchemaNode node) {
    text.append("DESCRIPTION:\n");
    var descriptions = node.descriptions();
    descriptions.forEach(description -> wrapped(description, INDENT));
    if (descriptions.isEmpty()) {
      text.append("    <empty>\n");
    }
    text.append("    \n");
  }

  private void fields(SchemaNode node, boolean recursive, int level) {
    var indent = "  ".repeat(level);
    node.fields()
        .forEach(
            (name, field) -> {
              text.append(indent).append(name).append("\t<").append(field.type()).append('>');
              text.append(node.requires(name) ? " -required-\n" : "\n");
              if (!field.allowed().isEmpty()) {
                text.append(indent).append("enum: ");
                text.append(brief(field.allowed())).append('\n');
              }
              if (recursive) {
                fields(field, true, level + 1);
              } else {
                wrapped(field.description().orElse("<no description>"), INDENT);
                text.append('\n');
              }
            });
  }

  /** A field's own explanation tells all of them. */
  private static String brief(List<String> allowed) {
    var first =
        allowed.stream()
            .limit(MOST_ALLOWED)
            .map(value -> value.isEmpty() ? "\"\"" : value)
            .collect(Collectors.joining(", "));
    return allowed.size() > MOST_ALLOWED ? first + ", ...." : first;
  }

  private void wrapped(String description, int indent) {
    for (var paragraph : description.split("\n", -1)) {
      var line = new StringBuilder();
      for (var word : paragraph.split(" ")) {
        if (!line.isEmpty() && line.length() + 1 + word.length() > WIDTH - indent) {
          text.append(" ".repeat(indent)).append(line).append('\n');
          line.setLength(0);
        }
        line.append(line.isEmpty() ? "" : " ").append(word);
      }
      text.append(" ".repeat(indent)).append(line).append('\n');
    }
  }
}
