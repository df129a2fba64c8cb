package io.sandjar.runtime.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResolvConfTest {
  private static final boolean POD_NETWORK = false;
  private static final boolean HOST_NETWORK = true;

  @TempDir Path folder;
  private Path host;
  private Path resolved;
  private ResolvConf conf;

  @BeforeEach
  void files() throws IOException {
    host = Files.writeString(folder.resolve("host"), "nameserver 127.0.0.53\noptions edns0\n");
    resolved = Files.writeString(folder.resolve("resolved"), "nameserver 10.1.2.3\n");
    conf = new ResolvConf(host, resolved);
  }

  @Test
  void aDnsConfigIsWrittenInResolverWords() throws IOException {
    DnsConfig dns =
        new DnsConfig(
            List.of("10.0.0.10", "fd00::10"), List.of("a.local", "b"), List.of("ndots:5"));
    assertEquals(
        "search a.local b\nnameserver 10.0.0.10\nnameserver fd00::10\noptions ndots:5\n",
        text(Optional.of(dns), POD_NETWORK));
  }

  @Test
  void aPodWithItsOwnNetworkDoesNotGetTheHostsStub() throws IOException {
    assertEquals("nameserver 10.1.2.3\n", text(Optional.empty(), POD_NETWORK));
    assertEquals("nameserver 127.0.0.53\noptions edns0\n", text(Optional.empty(), HOST_NETWORK));
  }

  @Test
  void aPodMayHaveMoreThanTheHostHas() throws IOException {
    Files.writeString(
        host,
        "search first.example\n# no\nsearch a.example  b.example\nnameserver 10.1.2.3\n"
            + "nameserver\t10.1.2.4\noptions ndots:1 edns0\noptions timeout:3\n");
    DnsConfig parsed = conf.parsed(POD_NETWORK);
    assertEquals(
        new DnsConfig(
            List.of("10.1.2.3", "10.1.2.4"),
            List.of("a.example", "b.example"),
            List.of("ndots:1", "edns0", "timeout:3")),
        parsed);
    assertEquals(
        new DnsConfig(
            List.of("10.1.2.3", "10.1.2.4", "10.0.0.53"),
            List.of("a.example", "b.example", "c.example"),
            List.of("ndots:5", "edns0", "timeout:3", "rotate")),
        parsed.with(
            new DnsConfig(
                List.of("10.0.0.53", "10.1.2.3"),
                List.of("a.example", "c.example"),
                List.of("ndots:5", "rotate"))));
  }

  @Test
  void theHostsServersStayWhereThereIsNoSecondFile() throws IOException {
    Files.delete(resolved);
    assertEquals("nameserver 127.0.0.53\noptions edns0\n", text(Optional.empty(), POD_NETWORK));
    Files.writeString(host, "nameserver 192.0.2.1\nnameserver 127.0.0.53\n");
    assertEquals(
        "nameserver 192.0.2.1\nnameserver 127.0.0.53\n", text(Optional.empty(), POD_NETWORK));
  }

  private String text(Optional<DnsConfig> dns, boolean hostNetwork) throws IOException {
    return new String(conf.content(dns, hostNetwork), StandardCharsets.UTF_8);
  }
}
