package io.sandjar.cli.kube;

import io.sandjar.cli.CommandException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options that say what keys a config map or secret has. */
public final class KeyValuesOption {

  @Option(names = "--from-literal", paramLabel = "KEY=VALUE", description = "A key's value.")
  private List<String> literals = List.of();

  @Option(
      names = "--from-file",
      paramLabel = "[KEY=]FILE",
      description = "A file, or a folder of them, under their names unless a key is given.")
  private List<String> files = List.of();

  @Option(
      names = "--from-env-file",
      paramLabel = "FILE",
      description = "A file of lines KEY=VALUE.")
  private List<String> environments = List.of();

  /** All of them by key. */
  public Map<String, byte[]> read() throws IOException {
    var values = new LinkedHashMap<String, byte[]>();
    for (var file : files) {
      addFile(values, file);
    }
    for (var literal : literals) {
      addPair(values, "--from-literal", literal);
    }
    for (var environment : environments) {
      for (var line : new String(bytes(Path.of(environment)), StandardCharsets.UTF_8).split("\n")) {
        var pair = line.strip();
        if (!pair.isEmpty() && !pair.startsWith("#")) {
          addPair(values, environment, pair);
        }
      }
    }
    return values;
  }

  private static void addFile(Map<String, byte[]> values, String source) throws IOException {
    int equals = source.indexOf('=');
    var path = Path.of(source.substring(equals + 1));
    if (equals < 0 && Files.isDirectory(path)) {
      try (var folder = Files.list(path)) {
        for (var file : folder.filter(Files::isRegularFile).sorted().toList()) {
          add(values, file.getFileName().toString(), bytes(file));
        }
      }
      return;
    }
    add(
        values,
        equals > 0 ? source.substring(0, equals) : path.getFileName().toString(),
        bytes(path));
  }

  private static void addPair(Map<String, byte[]> values, String source, String pair) {
    int equals = pair.indexOf('=');
    if (equals <= 0) {
      throw new CommandException(source + ": KEY=VALUE is needed, and there is \"" + pair + "\"");
    }
    add(
        values,
        pair.substring(0, equals),
        pair.substring(equals + 1).getBytes(StandardCharsets.UTF_8));
  }

  private static void add(Map<String, byte[]> values, String key, byte[] value) {
    if (values.put(key, value) != null) {
      throw new CommandException("the key \"" + key + "\" is given twice");
    }
  }

  private static byte[] bytes(Path file) throws IOException {
    try {
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw new CommandException("the path \"" + file + "\" does not exist");
    }
  }

  /** The text that the bytes are, if they are UTF-8. */
  public static Optional<String> text(byte[] bytes) {
    try {
      return Optional.of(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString());
    } catch (CharacterCodingException binary) {
      return Optional.empty();
    }
  }
}
