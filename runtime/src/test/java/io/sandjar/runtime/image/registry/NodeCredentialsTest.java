package io.sandjar.runtime.image.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.runtime.image.registry.Credentials.IdentityToken;
import io.sandjar.runtime.image.registry.Credentials.Password;
import io.sandjar.runtime.image.registry.Credentials.RegistryToken;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Credentials from docker's config.json and from the helpers that it names. */
class NodeCredentialsTest {
  @TempDir private Path temp;

  private Optional<Credentials> find(String config, String host) throws IOException {
    Path file = Files.writeString(temp.resolve("config.json"), config);
    String path = temp + ":" + System.getenv("PATH");
    return new NodeCredentials(file, Map.of("PATH", path, "VAULT", "open")).find(host);
  }

  private void helper(String name, String script) throws IOException {
    Path file =
        Files.writeString(
            temp.resolve("docker-credential-" + name), "#!/bin/sh\nread server\n" + script);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
  }

  @Test
  void withoutAFileThereAreNone() throws Exception {
    assertEquals(
        Optional.empty(), new NodeCredentials(temp.resolve("none"), Map.of()).find("a.example"));
  }

  @Test
  void entriesAreFoundByHostHoweverTheyAreWritten() throws Exception {
    String config =
        """
        {"auths": {
          "https://index.docker.io/v1/": {"auth": "aHViOnNlY3JldDpvZg=="},
          "https://a.example/v2/": {"username": "a", "password": "b"},
          "b.example:5000": {"identitytoken": "identity"},
          "c.example": {"registrytoken": "registry"},
          "d.example": {}
        }}
        """;
    assertEquals(Optional.of(new Password("hub", "secret:of")), find(config, "docker.io"));
    assertEquals(
        Optional.of(new Password("hub", "secret:of")), find(config, "registry-1.docker.io"));
    assertEquals(Optional.of(new Password("a", "b")), find(config, "a.example"));
    assertEquals(Optional.of(new IdentityToken("identity")), find(config, "b.example:5000"));
    assertEquals(Optional.empty(), find(config, "b.example"));
    assertEquals(Optional.of(new RegistryToken("registry")), find(config, "c.example"));
    assertEquals(Optional.empty(), find(config, "d.example"));
  }

  @Test
  void aHelperIsAskedInTheGivenEnvironment() throws Exception {
    helper(
        "vault",
        "[ \"$VAULT\" = open ] && echo '{\"Username\": \"'$server'\", \"Secret\": \"s\"}'\n");
    helper("tokens", "echo '{\"Username\": \"<token>\", \"Secret\": \"t\"}'\n");
    String config =
        """
        {"credHelpers": {"a.example": "vault"}, "credsStore": "tokens",
         "auths": {"a.example": {"username": "file", "password": "file"}}}
        """;
    assertEquals(Optional.of(new Password("a.example", "s")), find(config, "a.example"));
    assertEquals(Optional.of(new IdentityToken("t")), find(config, "b.example"));
  }

  @Test
  void aStoreThatHasNoneLeavesTheFilesOwn() throws Exception {
    helper("empty", "echo 'credentials not found in native keychain'; exit 1\n");
    String config =
        "{\"credsStore\": \"empty\","
            + " \"auths\": {\"a.example\": {\"username\": \"u\", \"password\": \"p\"}}}";
    assertEquals(Optional.of(new Password("u", "p")), find(config, "a.example"));
  }

  @Test
  void aHelperThatFailsOrIsMissingIsSaid() throws Exception {
    helper("broken", "echo the vault is sealed; exit 1\n");
    IOException failed =
        assertThrows(IOException.class, () -> find("{\"credsStore\": \"broken\"}", "a.example"));
    assertTrue(failed.getMessage().endsWith("the vault is sealed"), failed.getMessage());
    IOException missing =
        assertThrows(IOException.class, () -> find("{\"credsStore\": \"absent\"}", "a.example"));
    assertTrue(missing.getMessage().contains("no docker-credential-absent"), missing.getMessage());
    assertThrows(IOException.class, () -> find("{\"credsStore\": \"../../bin/sh\"}", "a.example"));
  }

  @Test
  void damagedSettingsAreSaidWithoutTheSecret() throws Exception {
    assertThrows(IOException.class, () -> find("{\"auths\": ", "a.example"));
    IOException damaged =
        assertThrows(
            IOException.class,
            () -> find("{\"auths\": {\"a.example\": {\"auth\": \"c2VjcmV0\"}}}", "a.example"));
    assertTrue(damaged.getMessage().contains("a.example"), damaged.getMessage());
    assertFalse(damaged.getMessage().contains("secret"), damaged.getMessage());
  }
}
