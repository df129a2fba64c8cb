package io.sandjar.netbridge.cni;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What an ADD answered and with which configuration, kept for CHECK and DEL. The files are those of
 * libcni ({@code cniCacheV1}), so a node can change its runtime without losing them.
 */
public final class ResultCache {
  private static final System.Logger LOG = System.getLogger(ResultCache.class.getName());
  private static final String KIND = "cniCacheV1";

  private final Path directory;

  /**
   * @param directory the cache's root; the files lie in {@code results} under it
   */
  public ResultCache(Path directory) {
    this.directory = directory.resolve("results");
  }

  /** An attachment with the network that made it and what that network answered. */
  public record Entry(
      NetworkConfiguration network, CniAttachment attachment, Map<String, Object> result) {}

  /** Keeps what an ADD answered; the file appears whole or not at all. */
  public void put(Entry entry) throws CniException {
    CniAttachment attachment = entry.attachment();
    Path file = file(entry.network().name(), attachment.containerId(), attachment.ifName());
    try {
      Files.createDirectories(directory);
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("kind", KIND);
      document.put("containerId", attachment.containerId());
      document.put(
          "config",
          Base64.getEncoder().encodeToString(JSON.std.asBytes(entry.network().document())));
      document.put("ifName", attachment.ifName());
      document.put("networkName", entry.network().name());
      document.put("netns", attachment.netns());
      document.put(
          "cniArgs",
          attachment.args().stream().map(arg -> List.of(arg.getKey(), arg.getValue())).toList());
      document.put("capabilityArgs", attachment.capabilityArgs());
      document.put("result", entry.result());
      Path temporary = Files.createTempFile(directory, ".", ".new");
      Files.write(temporary, JSON.std.asBytes(document));
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new CniException("keep the CNI result " + file + ": " + e.getMessage(), e);
    }
  }

  /** What an ADD to the network answered, whatever the configuration says today. */
  public Optional<Entry> get(String network, String containerId, String ifName)
      throws CniException {
    return read(file(network, containerId, ifName));
  }

  /** Every attachment of a container, of whatever network. */
  public List<Entry> ofContainer(String containerId) throws CniException {
    List<Entry> entries = all();
    entries.removeIf(entry -> !entry.attachment().containerId().equals(containerId));
    return entries;
  }

  /** Every attachment there is; files of others are passed over. */
  public List<Entry> all() throws CniException {
    List<Entry> entries = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
      for (Path file : files) {
        if (!file.getFileName().toString().startsWith(".")) {
          read(file).ifPresent(entries::add);
        }
      }
    } catch (NoSuchFileException e) {
      return entries;
    } catch (IOException | DirectoryIteratorException e) {
      throw new CniException("list the CNI results of " + directory + ": " + e.getMessage(), e);
    }
    return entries;
  }

  public void remove(Entry entry) throws CniException {
    CniAttachment attachment = entry.attachment();
    Path file = file(entry.network().name(), attachment.containerId(), attachment.ifName());
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new CniException("remove the CNI result " + file + ": " + e.getMessage(), e);
    }
  }

  private Path file(String network, String containerId, String ifName) {
    return directory.resolve(network + "-" + containerId + "-" + ifName);
  }

  private static Optional<Entry> read(Path file) throws CniException {
    Map<String, Object> document;
    try {
      document = JSON.std.mapFrom(Files.readAllBytes(file));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      setAside(file, e);
      return Optional.empty();
    }
    if (!KIND.equals(document.get("kind"))) {
      return Optional.empty();
    }
    byte[] config;
    try {
      config = Base64.getDecoder().decode(text(document, "config"));
    } catch (IllegalArgumentException e) {
      throw new CniException(
          "read the CNI result " + file + ": its config is not base64: " + e.getMessage(), e);
    }
    List<Map.Entry<String, String>> args = new ArrayList<>();
    if (document.get("cniArgs") instanceof List<?> pairs) {
      for (Object pair : pairs) {
        if (pair instanceof List<?> two && two.size() == 2) {
          args.add(Map.entry(String.valueOf(two.get(0)), String.valueOf(two.get(1))));
        }
      }
    }
    String source = file + " (config of " + text(document, "networkName") + ")";
    return Optional.of(
        new Entry(
            network(source, config),
            new CniAttachment(
                text(document, "containerId"),
                text(document, "netns"),
                text(document, "ifName"),
                List.copyOf(args),
                object(document.get("capabilityArgs"))),
            object(document.get("result"))));
  }

  /** One file that a power cut has damaged must not stop the node, nor the other sandboxes. */
  private static void setAside(Path file, IOException why) throws CniException {
    Path aside = file.resolveSibling("." + file.getFileName() + ".corrupt");
    LOG.log(
        Level.WARNING,
        "the CNI result {0} cannot be read and is set aside as {1}: {2}",
        file,
        aside,
        why.getMessage());
    try {
      Files.move(file, aside, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new CniException("set the CNI result " + file + " aside: " + e.getMessage(), e);
    }
  }

  /** libcni keeps a single plugin's configuration where that is what it was given. */
  private static NetworkConfiguration network(String source, byte[] config) throws CniException {
    return new String(config, StandardCharsets.UTF_8).contains("\"plugins\"")
        ? NetworkConfiguration.parseList(source, config)
        : NetworkConfiguration.parseSingle(source, config);
  }

  private static String text(Map<String, Object> document, String key) {
    return document.get(key) instanceof String text ? text : "";
  }

  private static Map<String, Object> object(Object value) {
    Map<String, Object> object = new LinkedHashMap<>();
    if (value instanceof Map<?, ?> map) {
      map.forEach((key, each) -> object.put(String.valueOf(key), each));
    }
    return object;
  }
}
