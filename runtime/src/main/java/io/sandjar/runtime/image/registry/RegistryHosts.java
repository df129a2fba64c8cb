package io.sandjar.runtime.image.registry;

import io.sandjar.runtime.image.registry.Endpoint.Capability;
import io.sandjar.runtime.image.registry.Endpoint.ClientCertificate;
import io.sandjar.runtime.image.registry.Endpoint.TlsSettings;
import java.io.IOException;
import java.net.URI;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Finds the servers of a registry, from containerd's {@code certs.d/HOST/hosts.toml} layout.
 *
 * <p>Read anew for each pull, so that a changed setting needs no restart.
 */
public final class RegistryHosts {
  private static final String DOCKER_HUB = "docker.io";
  private static final String DOCKER_HUB_SERVER = "registry-1.docker.io";
  private static final String HOSTS_FILE = "hosts.toml";

  private final List<Path> folders;

  /**
   * @param folders the first that names the registry counts
   */
  public RegistryHosts(List<Path> folders) {
    this.folders = List.copyOf(folders);
  }

  /** The servers to ask for images of {@code domain}, in order. */
  List<Endpoint> endpoints(String domain) throws IOException {
    Optional<Path> folder = folderOf(domain);
    if (folder.isEmpty()) {
      return List.of(upstream(domain, TlsSettings.DEFAULT));
    }
    Path file = folder.get().resolve(HOSTS_FILE);
    if (Files.exists(file)) {
      return HostsFile.read(file, domain);
    }
    return List.of(upstream(domain, dockerSettings(folder.get())));
  }

  /** The folder that names the host, with its port as HOST_PORT_ or HOST:PORT, or _default. */
  private Optional<Path> folderOf(String domain) {
    var names = new ArrayList<String>();
    int colon = domain.lastIndexOf(':');
    if (colon > 0 && !domain.endsWith("]")) {
      names.add(domain.substring(0, colon) + '_' + domain.substring(colon + 1) + '_');
    }
    names.add(domain);
    names.add("_default");
    return folders.stream()
        .flatMap(folder -> names.stream().map(folder::resolve))
        .filter(Files::isDirectory)
        .findFirst();
  }

  static Endpoint upstream(String domain, TlsSettings tls) {
    String server = serverOf(domain);
    boolean plain = isLoopback(server) && tls.equals(TlsSettings.DEFAULT);
    return new Endpoint(
        URI.create((plain ? "http://" : "https://") + server + "/v2"),
        EnumSet.allOf(Capability.class),
        tls,
        Map.of());
  }

  static String serverOf(String domain) {
    return domain.equals(DOCKER_HUB) ? DOCKER_HUB_SERVER : domain;
  }

  /** Registries on the own machine rarely have a certificate; containerd asks them in the clear. */
  static boolean isLoopback(String server) {
    String host = server.replaceFirst(":[0-9]+$", "");
    return host.equals("localhost") || host.startsWith("127.") || host.equals("[::1]");
  }

  /** Docker's older form of the same folder: *.crt are authorities, *.cert and *.key are ours. */
  private static TlsSettings dockerSettings(Path folder) throws IOException {
    var authorities = new ArrayList<Path>();
    var clients = new ArrayList<ClientCertificate>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        if (name.endsWith(".crt")) {
          authorities.add(file);
        } else if (name.endsWith(".cert")) {
          String key = name.substring(0, name.length() - ".cert".length()) + ".key";
          clients.add(new ClientCertificate(file, Optional.of(folder.resolve(key))));
        }
      }
    }
    return new TlsSettings(false, List.copyOf(authorities), List.copyOf(clients));
  }
}
