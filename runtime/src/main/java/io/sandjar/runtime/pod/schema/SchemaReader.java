package io.sandjar.runtime.pod.schema;

import io.sandjar.runtime.pod.schema.FieldType.ScalarKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads a schema file; its grammar is at the head of core-v1.schema. */
final class SchemaReader {
  private static final Pattern LINE =
      Pattern.compile("(?<indent> *)(?<words>[^\"]+?)(?: +\"(?<description>.*)\")?");

  private final List<ObjectType> types = new ArrayList<>();
  private String typeName;
  private String typeDescription;
  private Optional<ObjectType.Resource> resource = Optional.empty();
  private List<Field> fields = new ArrayList<>();

  private SchemaReader() {}

  static Schema read(String text) {
    var reader = new SchemaReader();
    int number = 0;
    for (String line : text.lines().toList()) {
      number++;
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      Matcher matcher = LINE.matcher(line);
      if (!matcher.matches()) {
        throw new IllegalArgumentException("schema line " + number + ": cannot be read: " + line);
      }
      List<String> words = new ArrayList<>(Arrays.asList(matcher.group("words").split(" +")));
      String description = Optional.ofNullable(matcher.group("description")).orElse("");
      if (matcher.group("indent").isEmpty()) {
        reader.startType(words, description);
      } else {
        reader.fields.add(field(words, matcher.group("words"), description, number));
      }
    }
    reader.endType();
    return new Schema(reader.types);
  }

  private void startType(List<String> words, String description) {
    endType();
    typeName = words.get(0);
    typeDescription = description;
    resource =
        words.stream()
            .filter(word -> word.startsWith("kind="))
            .findFirst()
            .map(word -> List.of(word.substring("kind=".length()).split(",")))
            .map(
                names ->
                    new ObjectType.Resource(
                        names.get(0),
                        names.subList(1, names.size()),
                        words.contains("namespaced"),
                        words.contains("category=all")));
  }

  private void endType() {
    if (typeName != null) {
      types.add(new ObjectType(typeName, typeDescription, resource, fields));
    }
    fields = new ArrayList<>();
  }

  private static Field field(List<String> words, String line, String description, int number) {
    String name = words.get(0);
    FieldType type = type(words.get(1));
    var attributes = words.subList(2, words.size());
    for (String word : attributes) {
      if (!word.matches(
          "required|repeatable|set|immutable|unsupported|(default|enum|min|max|format|key|pb)=.*")) {
        throw new IllegalArgumentException(
            "schema line " + number + ": unknown attribute " + word + " in: " + line);
      }
    }
    return new Field(
        name,
        type,
        attributes.contains("required"),
        value(attributes, "default"),
        value(attributes, "enum").map(all -> List.of(all.split("\\|", -1))).orElse(List.of()),
        value(attributes, "min").map(Long::valueOf),
        value(attributes, "max").map(Long::valueOf),
        value(attributes, "format").map(Format::named),
        value(attributes, "key").map(all -> List.of(all.split(","))).orElse(List.of()),
        attributes.contains("repeatable"),
        attributes.contains("set"),
        attributes.contains("immutable"),
        attributes.contains("unsupported"),
        value(attributes, "pb").map(Integer::valueOf),
        description);
  }

  private static Optional<String> value(List<String> attributes, String key) {
    return attributes.stream()
        .filter(word -> word.startsWith(key + "="))
        .map(word -> word.substring(key.length() + 1))
        .findFirst();
  }

  private static FieldType type(String word) {
    if (word.startsWith("[]")) {
      return new FieldType.ListOf(type(word.substring(2)));
    }
    if (word.startsWith("map[")) {
      return new FieldType.MapOf(type(word.substring("map[".length(), word.length() - 1)));
    }
    for (ScalarKind kind : ScalarKind.values()) {
      if (kind.word().equals(word)) {
        return new FieldType.Scalar(kind);
      }
    }
    return new FieldType.Reference(word);
  }
}
