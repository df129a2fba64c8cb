package io.sandjar.runtime.api.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ApiIdentityTest {
  @TempDir private static Path shared;
  @TempDir private Path folder;

  /** A key takes a second to make. */
  @BeforeAll
  static void makeOne() throws IOException {
    // What a daemon leaves that is killed while it makes a file, or its keytool does.
    Files.createDirectories(shared.resolve("api/making-1234"));
    Files.writeString(shared.resolve("api/making-1234/new.p12"), "half");
    Files.writeString(shared.resolve("api/.new-tls.key-1234"), "half");
    new ApiIdentity(shared.resolve("api"));
  }

  @Test
  void theCertificateNamesTheLoopbackAndSignsItself() throws Exception {
    var identity = new ApiIdentity(shared.resolve("api"));
    X509Certificate certificate;
    try (var pem = Files.newInputStream(identity.certificate())) {
      certificate =
          (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(pem);
    }
    certificate.verify(certificate.getPublicKey());
    certificate.checkValidity();
    assertEquals(
        Set.of("localhost", "127.0.0.1", "0:0:0:0:0:0:0:1"),
        certificate.getSubjectAlternativeNames().stream()
            .map(name -> (String) name.get(1))
            .collect(Collectors.toSet()));
    assertTrue(identity.serverTls().isServer());
  }

  @Test
  void whatIsMadeOnceStays() throws IOException {
    var first = new ApiIdentity(shared.resolve("api"));
    String certificate = Files.readString(first.certificate());
    var second = new ApiIdentity(shared.resolve("api"));
    assertEquals(first.bearerToken(), second.bearerToken());
    assertEquals(certificate, Files.readString(second.certificate()));
  }

  @Test
  void aKubeconfigIsWrittenAlsoWhereAFolderIsInItsPlace() throws IOException {
    Path file = folder.resolve("kubeconfig");
    Files.createDirectories(file.resolve("full"));
    var identity = new ApiIdentity(shared.resolve("api"));
    Kubeconfig.write(file, identity, "https://127.0.0.1:1");
    assertTrue(Files.readString(file).contains(identity.bearerToken()));
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    assertTrue(Files.isDirectory(folder.resolve("kubeconfig.corrupt/full")));
  }

  @Test
  void whatIsDamagedIsMadeAnewAndNeverATokenThatOneCanGuess() throws IOException {
    Files.createDirectory(folder.resolve("api"));
    for (String file : List.of("tls.crt", "tls.key", "token")) {
      Files.copy(shared.resolve("api").resolve(file), folder.resolve("api").resolve(file));
    }
    var first = new ApiIdentity(folder.resolve("api"));
    String token = first.bearerToken();
    for (String left : List.of("", "\0".repeat(64), token.substring(0, 10))) {
      Files.writeString(folder.resolve("api/token"), left);
      String next = new ApiIdentity(folder.resolve("api")).bearerToken();
      assertEquals(64, next.length());
      assertNotEquals(token, next);
    }
    for (String file : List.of("tls.crt", "tls.key")) {
      Files.writeString(folder.resolve("api").resolve(file), "-----BEGIN");
      assertTrue(new ApiIdentity(folder.resolve("api")).serverTls().isServer());
      assertTrue(Files.exists(folder.resolve("api").resolve(file + ".corrupt")));
    }
  }

  @Test
  void onlyItsOwnerReadsTheFolderAndNothingElseIsLeftInIt() throws IOException {
    assertEquals(
        PosixFilePermissions.fromString("rwx------"),
        Files.getPosixFilePermissions(shared.resolve("api")));
    try (var files = Files.list(shared.resolve("api"))) {
      assertEquals(
          List.of("tls.crt", "tls.key", "token"),
          files.map(file -> file.getFileName().toString()).sorted().toList());
    }
  }
}
