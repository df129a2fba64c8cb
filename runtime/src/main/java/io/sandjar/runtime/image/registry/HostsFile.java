package io.sandjar.runtime.image.registry;

import io.sandjar.runtime.image.registry.Endpoint.Capability;
import io.sandjar.runtime.image.registry.Endpoint.ClientCertificate;
import io.sandjar.runtime.image.registry.Endpoint.TlsSettings;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.tomlj.Toml;
import org.tomlj.TomlArray;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/** Reads one hosts.toml: mirrors in the file's order, then the server. */
final class HostsFile {
  private final Path file;

  private HostsFile(Path file) {
    this.file = file;
  }

  static List<Endpoint> read(Path file, String domain) throws IOException {
    TomlParseResult toml = Toml.parse(file);
    if (toml.hasErrors()) {
      throw new IOException(file + ": " + toml.errors().get(0));
    }
    try {
      return new HostsFile(file).endpoints(toml, domain);
    } catch (IllegalArgumentException | org.tomlj.TomlInvalidTypeException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
  }

  private List<Endpoint> endpoints(TomlParseResult toml, String domain) {
    var endpoints = new ArrayList<Endpoint>();
    TomlTable hosts = toml.getTable("host");
    if (hosts != null) {
      var names = new ArrayList<>(hosts.keySet());
      names.sort(Comparator.comparing(name -> position(hosts, name)));
      for (String name : names) {
        endpoints.add(endpoint(name, hosts.getTable(List.of(name))));
      }
    }
    String server = toml.getString("server");
    if (server != null) {
      endpoints.add(endpoint(server, toml));
    } else {
      endpoints.add(RegistryHosts.upstream(domain, tls(toml)));
    }
    return List.copyOf(endpoints);
  }

  private static int position(TomlTable hosts, String name) {
    TomlPosition position = hosts.inputPositionOf(List.of(name));
    return position == null ? Integer.MAX_VALUE : position.line();
  }

  private Endpoint endpoint(String url, TomlTable settings) {
    String full = url;
    if (!url.contains("://")) {
      full = (RegistryHosts.isLoopback(url.split("/")[0]) ? "http://" : "https://") + url;
    }
    URI base = URI.create(full.endsWith("/") ? full.substring(0, full.length() - 1) : full);
    if (base.getAuthority() == null
        || !(base.getScheme().equals("http") || base.getScheme().equals("https"))) {
      throw new IllegalArgumentException("\"" + url + "\" is not the address of a registry");
    }
    if (!Boolean.TRUE.equals(settings.getBoolean("override_path"))
        && !base.getPath().endsWith("/v2")) {
      base = URI.create(base + "/v2");
    }
    return new Endpoint(base, capabilities(settings), tls(settings), headers(settings));
  }

  private static Set<Capability> capabilities(TomlTable settings) {
    TomlArray names = settings.getArray("capabilities");
    if (names == null || names.isEmpty()) {
      return EnumSet.allOf(Capability.class);
    }
    var capabilities = EnumSet.noneOf(Capability.class);
    for (Object name : names.toList()) {
      switch (String.valueOf(name).toLowerCase(Locale.ROOT)) {
        case "pull" -> capabilities.add(Capability.PULL);
        case "resolve" -> capabilities.add(Capability.RESOLVE);
        case "push" -> {}
        default -> throw new IllegalArgumentException("unknown capability \"" + name + '"');
      }
    }
    return capabilities;
  }

  private TlsSettings tls(TomlTable settings) {
    return new TlsSettings(
        Boolean.TRUE.equals(settings.getBoolean("skip_verify")),
        texts(settings.get("ca")).stream().map(this::path).toList(),
        clients(settings.get("client")));
  }

  /** {@code "both.pem"}, {@code ["a.pem", "b.pem"]} or {@code [["a.cert", "a.key"]]}. */
  private List<ClientCertificate> clients(Object value) {
    var clients = new ArrayList<ClientCertificate>();
    if (value instanceof TomlArray array) {
      for (int i = 0; i < array.size(); i++) {
        Object item = array.get(i);
        if (item instanceof TomlArray pair && pair.size() == 2) {
          clients.add(
              new ClientCertificate(
                  path(pair.getString(0)),
                  pair.getString(1).isEmpty()
                      ? Optional.empty()
                      : Optional.of(path(pair.getString(1)))));
        } else {
          clients.addAll(clients(item));
        }
      }
    } else if (value instanceof String both) {
      clients.add(new ClientCertificate(path(both), Optional.empty()));
    } else if (value != null) {
      throw new IllegalArgumentException("\"client\" is neither a file nor a list of files");
    }
    return clients;
  }

  private static Map<String, List<String>> headers(TomlTable settings) {
    var headers = new LinkedHashMap<String, List<String>>();
    TomlTable table = settings.getTable("header");
    if (table != null) {
      for (String name : table.keySet()) {
        headers.put(name, texts(table.get(List.of(name))));
      }
    }
    return headers;
  }

  private static List<String> texts(Object value) {
    if (value == null) {
      return List.of();
    }
    if (value instanceof TomlArray array) {
      return array.toList().stream().map(String::valueOf).toList();
    }
    return List.of(String.valueOf(value));
  }

  private Path path(String name) {
    return file.getParent().resolve(name);
  }
}
