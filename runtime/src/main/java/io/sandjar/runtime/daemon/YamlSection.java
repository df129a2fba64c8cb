package io.sandjar.runtime.daemon;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * One mapping of a YAML file, read key by key with the type and default that the reader names.
 *
 * <p>What nobody asked for is an unknown key: {@link #end} refuses it. Every error names file, line
 * and key.
 */
final class YamlSection {
  private final String file;
  private final String name;
  private final Map<String, ScalarOrNode> values = new LinkedHashMap<>();
  private final List<String> known = new ArrayList<>();
  private final List<YamlSection> children = new ArrayList<>();

  /** A value and where it stands: in the file, or on the command line. */
  private record ScalarOrNode(Node node, String flag, String flagValue) {}

  private YamlSection(String file, String name) {
    this.file = file;
    this.name = name;
  }

  /** The top mapping of {@code text}; an empty file is an empty mapping. */
  static YamlSection parse(String file, String text) throws ConfigException {
    var section = new YamlSection(file, "");
    Optional<Node> document;
    try {
      document = new Compose(LoadSettings.builder().setLabel(file).build()).composeString(text);
    } catch (MarkedYamlEngineException e) {
      int line = e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(1);
      throw new ConfigException(file + ":" + line + ": not YAML: " + e.getProblem());
    } catch (YamlEngineException e) {
      throw new ConfigException(file + ": not YAML: " + e.getMessage());
    }
    if (document.isPresent()) {
      section.take(document.get());
    }
    return section;
  }

  /** Lets a command-line flag win over what the file says of {@code key}. */
  void override(String key, String flag, String value) {
    values.put(key, new ScalarOrNode(null, flag, value));
  }

  private void take(Node node) throws ConfigException {
    if (isNull(node)) {
      return;
    }
    if (!(node instanceof MappingNode mapping)) {
      throw new ConfigException(
          at(node) + (name.isEmpty() ? "the file" : name) + " must be a mapping of keys to values");
    }
    for (var tuple : mapping.getValue()) {
      if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
        throw new ConfigException(at(tuple.getKeyNode()) + "a key must be a plain word");
      }
      var earlier = values.put(key.getValue(), new ScalarOrNode(tuple.getValueNode(), null, null));
      if (earlier != null) {
        throw new ConfigException(at(key) + path(key.getValue()) + " is given twice");
      }
    }
  }

  /** The mapping under {@code key}; empty where it is missing. */
  YamlSection section(String key) throws ConfigException {
    var section = new YamlSection(file, path(key));
    var value = find(key);
    if (value.isPresent()) {
      section.take(value.get().node());
    }
    children.add(section);
    return section;
  }

  String text(String key, String otherwise) throws ConfigException {
    return optionalText(key).orElse(otherwise);
  }

  Optional<String> optionalText(String key) throws ConfigException {
    var value = find(key);
    return value.isEmpty() ? Optional.empty() : Optional.of(scalar(key, value.get(), "a text"));
  }

  Path path(String key, Path otherwise) throws ConfigException {
    var text = optionalText(key);
    if (text.isEmpty()) {
      return otherwise;
    }
    var path = Path.of(text.get());
    if (!path.isAbsolute()) {
      throw wrong(key, "an absolute path");
    }
    return path.normalize();
  }

  /** A unix socket's path; {@code unix://} before it is allowed, since kubelets write it so. */
  Path socket(String key, Path otherwise) throws ConfigException {
    var text = optionalText(key).map(value -> value.replaceFirst("^unix://", ""));
    if (text.isEmpty()) {
      return otherwise;
    }
    if (!text.get().startsWith("/")) {
      throw wrong(key, "the absolute path of a unix socket");
    }
    return Path.of(text.get()).normalize();
  }

  int number(String key, int otherwise, int least, int most) throws ConfigException {
    var text = optionalText(key);
    if (text.isEmpty()) {
      return otherwise;
    }
    try {
      int number = Integer.parseInt(text.get());
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // said below, with the range
    }
    throw wrong(key, "a whole number from " + least + " to " + most);
  }

  boolean flag(String key, boolean otherwise) throws ConfigException {
    return switch (text(key, Boolean.toString(otherwise))) {
      case "true" -> true;
      case "false" -> false;
      default -> throw wrong(key, "true or false");
    };
  }

  /** A number of bytes, as Kubernetes writes quantities: {@code 10Mi}. */
  long bytes(String key, long otherwise) throws ConfigException {
    var text = optionalText(key);
    if (text.isEmpty()) {
      return otherwise;
    }
    var unit = text.get().replaceFirst("^[0-9]+", "");
    var digits = text.get().substring(0, text.get().length() - unit.length());
    int power = List.of("", "Ki", "Mi", "Gi", "Ti").indexOf(unit);
    if (digits.isEmpty() || digits.length() > 6 && power > 2 || digits.length() > 18 || power < 0) {
      throw wrong(key, "a number of bytes, such as 16384, 512Ki or 10Mi");
    }
    long number = Long.parseLong(digits);
    if (number == 0 || number > Long.MAX_VALUE >> (10 * power)) {
      throw wrong(key, "a number of bytes from 1 on");
    }
    return number << (10 * power);
  }

  <E extends Enum<E>> E choice(String key, E otherwise) throws ConfigException {
    var text = optionalText(key);
    if (text.isEmpty()) {
      return otherwise;
    }
    var choices = otherwise.getDeclaringClass().getEnumConstants();
    for (var choice : choices) {
      if (word(choice).equals(text.get())) {
        return choice;
      }
    }
    throw wrong(
        key,
        "one of "
            + Arrays.stream(choices).map(YamlSection::word).collect(Collectors.joining(", ")));
  }

  private static String word(Enum<?> choice) {
    return choice.name().toLowerCase(Locale.ROOT);
  }

  List<String> texts(String key, List<String> otherwise) throws ConfigException {
    var value = find(key);
    if (value.isEmpty()) {
      return otherwise;
    }
    if (!(value.get().node() instanceof SequenceNode sequence)) {
      throw wrong(key, "a list of texts");
    }
    var texts = new ArrayList<String>();
    for (var item : sequence.getValue()) {
      if (!(item instanceof ScalarNode scalar) || isNull(item)) {
        throw new ConfigException(at(item) + path(key) + " must be a list of texts");
      }
      texts.add(scalar.getValue());
    }
    return List.copyOf(texts);
  }

  /** Reads a text wholly, only to see whether it can be read: IllegalArgumentException if not. */
  @FunctionalInterface
  interface Check {
    void read(String text);
  }

  /** As {@link #texts(String, List)}, each of which must pass the check. */
  List<String> texts(String key, List<String> otherwise, Check check) throws ConfigException {
    var texts = texts(key, otherwise);
    for (int i = 0; i < texts.size(); i++) {
      if (find(key).isPresent()) {
        var node = ((SequenceNode) values.get(key).node()).getValue().get(i);
        check(at(node) + path(key) + "[" + i + "]", texts.get(i), check);
      }
    }
    return texts;
  }

  /** As {@link #optionalText(String)}, which must pass the check. */
  Optional<String> optionalText(String key, Check check) throws ConfigException {
    var text = optionalText(key);
    if (text.isPresent()) {
      check(at(values.get(key).node()) + path(key), text.get(), check);
    }
    return text;
  }

  private static void check(String where, String text, Check check) throws ConfigException {
    try {
      check.read(text);
    } catch (IllegalArgumentException wrong) {
      throw new ConfigException(where + ": '" + text + "': " + wrong.getMessage());
    }
  }

  /** A {@link ConfigException} that says what {@code key} must be. */
  ConfigException wrong(String key, String mustBe) {
    var value = values.get(key);
    if (value.flag() != null) {
      return new ConfigException(
          "%s must be %s, not '%s'".formatted(value.flag(), mustBe, value.flagValue()));
    }
    var found =
        value.node() instanceof ScalarNode scalar
            ? "'" + scalar.getValue() + "'"
            : value.node() instanceof MappingNode ? "a mapping" : "a list";
    return new ConfigException(
        at(value.node()) + path(key) + " must be " + mustBe + ", not " + found);
  }

  /** Refuses every key that was not asked for, here and in the sections below. */
  void end() throws ConfigException {
    for (var entry : values.entrySet()) {
      if (!known.contains(entry.getKey())) {
        throw new ConfigException(
            "%s%s is not a known key; known here: %s"
                .formatted(
                    at(entry.getValue().node()), path(entry.getKey()), String.join(", ", known)));
      }
    }
    for (var child : children) {
      child.end();
    }
  }

  private Optional<ScalarOrNode> find(String key) {
    known.add(key);
    return Optional.ofNullable(values.get(key))
        .filter(value -> value.node() == null || !isNull(value.node()));
  }

  private String scalar(String key, ScalarOrNode value, String mustBe) throws ConfigException {
    if (value.flag() != null) {
      return value.flagValue();
    }
    if (value.node() instanceof ScalarNode scalar) {
      return scalar.getValue();
    }
    throw wrong(key, mustBe);
  }

  private static boolean isNull(Node node) {
    return node.getTag().equals(Tag.NULL);
  }

  private String path(String key) {
    return name.isEmpty() ? key : name + "." + key;
  }

  private String at(Node node) {
    return node.getStartMark().map(mark -> file + ":" + (mark.getLine() + 1) + ": ").orElse("");
  }
}
