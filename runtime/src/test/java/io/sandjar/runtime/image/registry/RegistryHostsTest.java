package io.sandjar.runtime.image.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.runtime.image.reference.ImageReference;
import io.sandjar.runtime.image.registry.Endpoint.Capability;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which servers are asked for a registry's images, by certs.d as containerd reads it. */
class RegistryHostsTest {
  @TempDir private Path temp;

  private Path own() {
    return temp.resolve("sandjar");
  }

  private Path containerds() {
    return temp.resolve("containerd");
  }

  private List<Endpoint> endpoints(String domain) throws IOException {
    return new RegistryHosts(List.of(own(), containerds())).endpoints(domain);
  }

  private List<String> servers(String domain) throws IOException {
    return endpoints(domain).stream().map(endpoint -> endpoint.base().toString()).toList();
  }

  private static void hosts(Path folder, String host, String toml) throws IOException {
    Files.writeString(Files.createDirectories(folder.resolve(host)).resolve("hosts.toml"), toml);
  }

  @Test
  void withoutSettingsTheRegistryItselfIsAsked() throws Exception {
    assertEquals(List.of("https://registry-1.docker.io/v2"), servers("docker.io"));
    assertEquals(List.of("https://ghcr.io/v2"), servers("ghcr.io"));
    assertEquals(List.of("https://example.org:5000/v2"), servers("example.org:5000"));
    // As containerd: a registry on the own machine needs no certificate.
    assertEquals(List.of("http://localhost:5000/v2"), servers("localhost:5000"));
    assertEquals(List.of("http://[::1]:5000/v2"), servers("[::1]:5000"));
  }

  @Test
  void theFirstFolderThatNamesTheRegistryCounts() throws Exception {
    hosts(own(), "a.example", "server = \"https://own.example\"");
    hosts(containerds(), "a.example", "server = \"https://containerds.example\"");
    hosts(containerds(), "b.example", "server = \"https://b-mirror.example\"");
    assertEquals(List.of("https://own.example/v2"), servers("a.example"));
    assertEquals(List.of("https://b-mirror.example/v2"), servers("b.example"));
    assertEquals(List.of("https://c.example/v2"), servers("c.example"));
  }

  @Test
  void aPortMayBeWrittenWithUnderscoresAndDefaultIsForTheRest() throws Exception {
    hosts(own(), "a.example_5000_", "server = \"https://one.example\"");
    hosts(own(), "b.example:5000", "server = \"https://two.example\"");
    hosts(own(), "_default", "server = \"https://rest.example\"");
    assertEquals(List.of("https://one.example/v2"), servers("a.example:5000"));
    assertEquals(List.of("https://two.example/v2"), servers("b.example:5000"));
    assertEquals(List.of("https://rest.example/v2"), servers("a.example:5001"));
  }

  @Test
  void mirrorsComeInTheFilesOrderAndTheServerLast() throws Exception {
    hosts(
        own(),
        "docker.io",
        """
        server = "https://registry-1.docker.io"

        [host."https://zebra.example"]
          capabilities = ["pull"]

        [host."http://10.0.0.1:5000/v2/cache"]
          override_path = true
          [host."http://10.0.0.1:5000/v2/cache".header]
            x-team = ["blue", "green"]

        [host."https://alpha.example"]
          ca = ["one.pem", "/etc/two.pem"]
          client = [["me.cert", "me.key"], ["both.pem", ""]]
          skip_verify = true
        """);
    List<Endpoint> endpoints = endpoints("docker.io");
    assertEquals(
        List.of(
            "https://zebra.example/v2",
            "http://10.0.0.1:5000/v2/cache",
            "https://alpha.example/v2",
            "https://registry-1.docker.io/v2"),
        servers("docker.io"));
    assertEquals(Set.of(Capability.PULL), endpoints.get(0).capabilities());
    assertEquals(List.of("blue", "green"), endpoints.get(1).headers().get("x-team"));
    Endpoint.TlsSettings tls = endpoints.get(2).tls();
    Path folder = own().resolve("docker.io");
    assertTrue(tls.skipVerify());
    assertEquals(List.of(folder.resolve("one.pem"), Path.of("/etc/two.pem")), tls.authorities());
    assertEquals(
        List.of(
            new Endpoint.ClientCertificate(
                folder.resolve("me.cert"), Optional.of(folder.resolve("me.key"))),
            new Endpoint.ClientCertificate(folder.resolve("both.pem"), Optional.empty())),
        tls.clients());
  }

  @Test
  void aMirrorIsToldWhoseImagesAreMeant() throws Exception {
    hosts(own(), "docker.io", "[host.\"https://mirror.example\"]");
    List<Endpoint> endpoints = endpoints("docker.io");
    ImageReference image = ImageReference.parse("nginx");
    assertEquals(
        URI.create("https://mirror.example/v2/library/nginx/manifests/latest?ns=docker.io"),
        endpoints.get(0).manifest(image, "latest"));
    assertEquals(
        URI.create("https://registry-1.docker.io/v2/library/nginx/manifests/latest"),
        endpoints.get(1).manifest(image, "latest"));
  }

  @Test
  void dockersOwnFormOfTheFolderIsReadToo() throws Exception {
    Path folder = Files.createDirectories(own().resolve("a.example"));
    for (String name : List.of("ca.crt", "me.cert", "me.key", "readme")) {
      Files.createFile(folder.resolve(name));
    }
    Endpoint.TlsSettings tls = endpoints("a.example").get(0).tls();
    assertEquals(List.of(folder.resolve("ca.crt")), tls.authorities());
    assertEquals(folder.resolve("me.cert"), tls.clients().get(0).certificate());
    assertEquals(Optional.of(folder.resolve("me.key")), tls.clients().get(0).key());
  }

  @Test
  void aDamagedFileIsNamedInTheError() throws Exception {
    for (String wrong :
        List.of(
            "server = ",
            "server = 5",
            "[host.\"ftp://a.example\"]",
            "[host.\"https://a.example\"]\ncapabilities = [\"delete\"]")) {
      hosts(own(), "a.example", wrong);
      IOException error = assertThrows(IOException.class, () -> endpoints("a.example"), wrong);
      String file = own().resolve("a.example").resolve("hosts.toml").toString();
      assertTrue(error.getMessage().startsWith(file + ": "), error.getMessage());
    }
  }
}
