package io.sandjar.runtime.api.access;

import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.sandjar.runtime.state.AtomicFile;
import io.sandjar.runtime.state.DamagedFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.HexFormat;

/** The API's key, certificate and token: made once, kept in a folder that only root may read. */
public final class ApiIdentity {
  private static final int TOKEN_BYTES = 32;

  private final Path folder;

  /** Opens the folder, and makes in it what is missing or damaged. */
  public ApiIdentity(Path folder) throws IOException {
    this.folder = folder;
    Files.createDirectories(folder);
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    AtomicFile.sweep(folder);
    SelfSignedCertificate.sweep(folder);
    setAsideUnless(token(), this::bearerToken);
    if (!Files.exists(token())) {
      byte[] random = new byte[TOKEN_BYTES];
      new SecureRandom().nextBytes(random);
      AtomicFile.writeDurably(
          token(), HexFormat.of().formatHex(random).getBytes(StandardCharsets.UTF_8));
    }
    setAsideUnless(certificate(), this::shown);
    setAsideUnless(keyFile(), this::key);
    if (!Files.exists(certificate()) || !Files.exists(keyFile())) {
      makeCertificate();
    }
  }

  private interface Reading {
    Object read() throws IOException, GeneralSecurityException;
  }

  private static void setAsideUnless(Path file, Reading readable) throws IOException {
    if (!Files.exists(file)) {
      return;
    }
    try {
      readable.read();
    } catch (IOException | GeneralSecurityException | IllegalArgumentException wrong) {
      DamagedFile.setAside(file, wrong, "it is made anew: copies of the kubeconfig are void");
    }
  }

  public Path certificate() {
    return folder.resolve("tls.crt");
  }

  private Path keyFile() {
    return folder.resolve("tls.key");
  }

  /** What a TLS server shows and proves. */
  public SslContext serverTls() throws IOException {
    try {
      return SslContextBuilder.forServer(key(), shown()).build();
    } catch (GeneralSecurityException e) {
      throw new IOException(
          "read the API's key and certificate in " + folder + ": " + e.getMessage(), e);
    }
  }

  private X509Certificate shown() throws IOException, GeneralSecurityException {
    try (var pem = Files.newInputStream(certificate())) {
      return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(pem);
    }
  }

  private PrivateKey key() throws IOException, GeneralSecurityException {
    var der = Base64.getMimeDecoder().decode(withoutPemLines(Files.readString(keyFile())));
    return KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(der));
  }

  private static String withoutPemLines(String pem) {
    return pem.replaceAll("-----[A-Z ]+-----", "");
  }

  private Path token() {
    return folder.resolve("token");
  }

  public String bearerToken() throws IOException {
    String token = Files.readString(token()).strip();
    // What is left of a damaged one, such as nothing or zeroes, is quickly guessed.
    if (!token.matches("[!-~]{" + TOKEN_BYTES + ",}")) {
      throw new IOException("it is no token of " + TOKEN_BYTES + " characters or more");
    }
    return token;
  }

  private void makeCertificate() throws IOException {
    var made = SelfSignedCertificate.make(folder);
    AtomicFile.writeDurably(keyFile(), pem("PRIVATE KEY", made.key()));
    AtomicFile.writeDurably(certificate(), pem("CERTIFICATE", made.certificate()));
  }

  private static byte[] pem(String what, byte[] der) {
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    return ("-----BEGIN " + what + "-----\n" + body + "\n-----END " + what + "-----\n")
        .getBytes(StandardCharsets.UTF_8);
  }
}
