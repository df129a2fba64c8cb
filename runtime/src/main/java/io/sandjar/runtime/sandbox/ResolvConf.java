package io.sandjar.runtime.sandbox;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Writes the resolv.conf that a pod sees: its own DNS config, or the host's name servers.
 *
 * <p>A host that runs systemd-resolved names a stub on its loopback, which a pod with a network of
 * its own cannot reach; resolved keeps the real servers in a second file.
 */
public final class ResolvConf {
  private static final String STUB = "127.0.0.53";

  private final Path hostFile;
  private final Path resolvedFile;

  /**
   * @param hostFile {@code /etc/resolv.conf}
   * @param resolvedFile {@code /run/systemd/resolve/resolv.conf}
   */
  public ResolvConf(Path hostFile, Path resolvedFile) {
    this.hostFile = hostFile;
    this.resolvedFile = resolvedFile;
  }

  /** The file's content for a pod. */
  public byte[] content(Optional<DnsConfig> dns, boolean hostNetwork) throws IOException {
    if (dns.isPresent() && !isEmpty(dns.get())) {
      return render(dns.get()).getBytes(StandardCharsets.UTF_8);
    }
    return ofHost(hostNetwork);
  }

  /** What a pod without a DNS config of its own has, in parts. */
  public DnsConfig parsed(boolean hostNetwork) throws IOException {
    byte[] content = ofHost(hostNetwork);
    List<String> searches = words(content, "search");
    return new DnsConfig(
        words(content, "nameserver"),
        // Of several lines the last one counts.
        searches.isEmpty() ? List.of() : split(searches.get(searches.size() - 1)),
        words(content, "options").stream().flatMap(line -> split(line).stream()).toList());
  }

  private byte[] ofHost(boolean hostNetwork) throws IOException {
    byte[] host = read(hostFile);
    if (!hostNetwork && namesOnlyTheStub(host)) {
      byte[] real = read(resolvedFile);
      return real.length > 0 ? real : host;
    }
    return host;
  }

  private static boolean isEmpty(DnsConfig dns) {
    return dns.servers().isEmpty() && dns.searches().isEmpty() && dns.options().isEmpty();
  }

  private static String render(DnsConfig dns) {
    StringBuilder text = new StringBuilder();
    if (!dns.searches().isEmpty()) {
      text.append("search ").append(String.join(" ", dns.searches())).append('\n');
    }
    dns.servers().forEach(server -> text.append("nameserver ").append(server).append('\n'));
    if (!dns.options().isEmpty()) {
      text.append("options ").append(String.join(" ", dns.options())).append('\n');
    }
    return text.toString();
  }

  private static boolean namesOnlyTheStub(byte[] content) {
    List<String> servers = words(content, "nameserver");
    return !servers.isEmpty() && servers.stream().allMatch(STUB::equals);
  }

  /** What follows a word, of each line that begins with it. */
  private static List<String> words(byte[] content, String first) {
    return new String(content, StandardCharsets.UTF_8)
        .lines()
        .map(line -> line.strip().split("\\s+", 2))
        .filter(words -> words.length > 1 && words[0].equals(first))
        .map(words -> words[1])
        .toList();
  }

  private static List<String> split(String words) {
    return List.of(words.split("\\s+"));
  }

  private static byte[] read(Path file) throws IOException {
    try {
      return Files.readAllBytes(file);
    } catch (NoSuchFileException none) {
      return new byte[0];
    }
  }
}
