package io.sandjar.cli.command.machine;

import io.sandjar.cli.CommandException;
import io.sandjar.cli.Context;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/** A file that describes a sandbox or a container by the CRI's fields, in JSON or YAML. */
final class ConfigFile {

  private ConfigFile() {}

  /**
   * @param source a file, or {@code -} for the standard input
   */
  static Map<String, Object> read(Context context, String source) throws IOException {
    Object document;
    try {
      document =
          new Load(LoadSettings.builder().setLabel(source).build())
              .loadFromString(text(context, source));
    } catch (YamlEngineException e) {
      throw new CommandException("error parsing " + source + ": " + e.getMessage());
    }
    if (!(document instanceof Map<?, ?> map)) {
      throw new CommandException(source + " does not hold an object");
    }
    if (map.get("kind") instanceof String kind) {
      throw new CommandException(
          "%s holds a %s, and not a CRI config: try 'sandjar apply -f %s'"
              .formatted(source, kind, source));
    }
    var config = new LinkedHashMap<String, Object>();
    map.forEach((key, value) -> config.put(String.valueOf(key), value));
    return config;
  }

  private static String text(Context context, String source) throws IOException {
    if (source.equals("-")) {
      return new String(context.in().readAllBytes(), StandardCharsets.UTF_8);
    }
    try {
      return Files.readString(Path.of(source));
    } catch (NoSuchFileException e) {
      throw new CommandException("the path \"" + source + "\" does not exist");
    }
  }
}
