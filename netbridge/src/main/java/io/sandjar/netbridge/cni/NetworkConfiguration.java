package io.sandjar.netbridge.cni;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A CNI network: a name, a version of the specification, and the plugins that run one after the
 * other.
 *
 * @param source where it was read from, for errors
 * @param document the list as it was read, which goes into the result cache unchanged
 */
public record NetworkConfiguration(
    String source,
    String name,
    CniVersion version,
    boolean disableCheck,
    boolean disableGc,
    List<PluginConfiguration> plugins,
    Map<String, Object> document) {

  /** Reads a {@code .conflist} document. */
  public static NetworkConfiguration parseList(String source, byte[] json) throws CniException {
    Map<String, Object> document = object(source, json);
    if (!(document.get("plugins") instanceof List<?> listed)) {
      throw new CniException(source + ": has no list \"plugins\"");
    }
    return of(source, document, listed);
  }

  /** Reads a {@code .conf} or {@code .json} document: one plugin that is its own network. */
  public static NetworkConfiguration parseSingle(String source, byte[] json) throws CniException {
    Map<String, Object> plugin = object(source, json);
    if (!(plugin.get("type") instanceof String)) {
      throw new CniException(
          source + ": has no \"type\"; a list of plugins belongs into a .conflist file");
    }
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("name", plugin.get("name"));
    if (plugin.containsKey("cniVersion")) {
      document.put("cniVersion", plugin.get("cniVersion"));
    }
    document.put("plugins", List.of(plugin));
    return of(source, document, List.of(plugin));
  }

  private static NetworkConfiguration of(
      String source, Map<String, Object> document, List<?> listed) throws CniException {
    if (!(document.get("name") instanceof String name) || name.isEmpty()) {
      throw new CniException(source + ": has no \"name\"");
    }
    if (listed.isEmpty()) {
      throw new CniException(source + ": network " + name + " lists no plugins");
    }
    List<PluginConfiguration> plugins = new ArrayList<>();
    for (Object each : listed) {
      plugins.add(PluginConfiguration.of(source, each));
    }
    return new NetworkConfiguration(
        source,
        name,
        version(source, document),
        flag(document, "disableCheck"),
        flag(document, "disableGC"),
        List.copyOf(plugins),
        document);
  }

  /**
   * The version to speak: the newest of {@code cniVersions} that both sides know, else {@code
   * cniVersion}.
   */
  private static CniVersion version(String source, Map<String, Object> document)
      throws CniException {
    List<CniVersion> offered = new ArrayList<>();
    try {
      if (document.get("cniVersion") instanceof String version) {
        offered.add(CniVersion.parse(version));
      }
      if (document.get("cniVersions") instanceof List<?> versions) {
        for (Object version : versions) {
          offered.add(CniVersion.parse(String.valueOf(version)));
        }
      }
    } catch (IllegalArgumentException e) {
      throw new CniException(source + ": " + e.getMessage(), e);
    }
    return offered.stream()
        .filter(CniVersion::isSupported)
        .max(CniVersion::compareTo)
        .orElseThrow(
            () ->
                new CniException(
                    source
                        + ": speaks CNI "
                        + (offered.isEmpty() ? "0.1.0 (no \"cniVersion\")" : offered)
                        + "; supported are "
                        + CniVersion.SUPPORTED));
  }

  /** The specification's flags are booleans, but files in the field also quote them. */
  private static boolean flag(Map<String, Object> document, String key) {
    return "true".equals(String.valueOf(document.get(key)));
  }

  private static Map<String, Object> object(String source, byte[] json) throws CniException {
    try {
      return JSON.std.mapFrom(json);
    } catch (IOException | RuntimeException e) {
      throw new CniException(source + ": is not a JSON object: " + e.getMessage(), e);
    }
  }
}
