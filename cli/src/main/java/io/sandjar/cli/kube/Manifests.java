package io.sandjar.cli.kube;

import io.sandjar.cli.CommandException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/** Objects from YAML and JSON files, folders of them, or stdin. */
public final class Manifests {
  private static final List<String> ENDINGS = List.of(".yaml", ".yml", ".json");

  private static final int PATIENCE_MILLIS = 30_000;

  private final InputStream stdin;

  public Manifests(InputStream stdin) {
    this.stdin = stdin;
  }

  /**
   * The objects of all sources, lists taken apart.
   *
   * @param sources files, folders, http or https URLs, or {@code -}
   */
  public List<Map<String, Object>> read(List<String> sources) throws IOException {
    var objects = new ArrayList<Map<String, Object>>();
    bySource(sources).values().forEach(objects::addAll);
    return objects;
  }

  /** As above, by the files that they are in. */
  Map<String, List<Map<String, Object>>> bySource(List<String> sources) throws IOException {
    var found = new LinkedHashMap<String, List<Map<String, Object>>>();
    for (var source : sources) {
      if (source.equals("-")) {
        put(found, "STDIN", new String(stdin.readAllBytes(), StandardCharsets.UTF_8));
      } else if (source.startsWith("http://") || source.startsWith("https://")) {
        put(found, source, download(source));
      } else if (Files.isDirectory(Path.of(source))) {
        for (var file : filesOf(Path.of(source))) {
          put(found, file.toString(), Files.readString(file));
        }
      } else {
        put(found, source, text(Path.of(source)));
      }
    }
    if (found.isEmpty()) {
      throw new CommandException("no objects in " + String.join(", ", sources));
    }
    return found;
  }

  private void put(Map<String, List<Map<String, Object>>> found, String source, String text) {
    var objects = parse(source, text);
    if (!objects.isEmpty()) {
      found.put(source, objects);
    }
  }

  /**
   * The objects of a text.
   *
   * @param source as errors name it
   */
  public List<Map<String, Object>> parse(String source, String text) {
    var objects = new ArrayList<Map<String, Object>>();
    add(objects, source, text);
    return objects;
  }

  private static String text(Path file) throws IOException {
    try {
      return Files.readString(file);
    } catch (NoSuchFileException e) {
      throw new CommandException("the path \"" + file + "\" does not exist");
    }
  }

  private static String download(String url) throws IOException {
    try {
      var connection = URI.create(url).toURL().openConnection();
      connection.setConnectTimeout(PATIENCE_MILLIS);
      connection.setReadTimeout(PATIENCE_MILLIS);
      try (var in = connection.getInputStream()) {
        return new String(in.readAllBytes(), StandardCharsets.UTF_8);
      }
    } catch (IllegalArgumentException e) {
      throw new CommandException("\"" + url + "\" is no URL: " + e.getMessage());
    } catch (IOException e) {
      throw new IOException("unable to read URL \"" + url + "\": " + e.getMessage(), e);
    }
  }

  private static List<Path> filesOf(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> ENDINGS.stream().anyMatch(file.toString()::endsWith))
          .sorted()
          .toList();
    }
  }

  private static void add(List<Map<String, Object>> objects, String source, String text) {
    try {
      for (var document :
          new Load(LoadSettings.builder().setLabel(source).build()).loadAllFromString(text)) {
        if (document != null) {
          addDocument(objects, source, document);
        }
      }
    } catch (YamlEngineException e) {
      throw new CommandException("error parsing " + source + ": " + e.getMessage());
    }
  }

  @SuppressWarnings("unchecked") // what the YAML parser makes of a mapping
  private static void addDocument(
      List<Map<String, Object>> objects, String source, Object document) {
    if (!(document instanceof Map<?, ?> map) || !(map.get("kind") instanceof String kind)) {
      throw new CommandException("an object in " + source + " has no kind");
    }
    var object = (Map<String, Object>) map;
    if (kind.endsWith("List") && object.get("items") instanceof List<?>) {
      KubeApi.maps(object, "items").forEach(item -> addDocument(objects, source, item));
      return;
    }
    if (KubeApi.metadata(object, "name") == null
        && KubeApi.metadata(object, "generateName") == null) {
      throw new CommandException("a " + kind + " in " + source + " has no metadata.name");
    }
    objects.add(object);
  }
}
