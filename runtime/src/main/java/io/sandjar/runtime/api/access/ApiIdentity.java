package io.sandjar.runtime.api.access;

import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.sandjar.runtime.state.AtomicFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
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

  /** Opens the folder, and makes in it what is missing. */
  public ApiIdentity(Path folder) throws IOException {
    this.folder = folder;
    Files.createDirectories(folder);
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    if (!Files.exists(token())) {
      byte[] random = new byte[TOKEN_BYTES];
      new SecureRandom().nextBytes(random);
      AtomicFile.writeDurably(
          token(), HexFormat.of().formatHex(random).getBytes(StandardCharsets.UTF_8));
    }
    if (!Files.exists(certificate()) || !Files.exists(keyFile())) {
      makeCertificate();
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
    try (var pem = Files.newInputStream(certificate())) {
      var shown = CertificateFactory.getInstance("X.509").generateCertificate(pem);
      var der = Base64.getMimeDecoder().decode(withoutPemLines(Files.readString(keyFile())));
      var key = KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(der));
      return SslContextBuilder.forServer(key, (X509Certificate) shown).build();
    } catch (GeneralSecurityException e) {
      throw new IOException(
          "read the API's key and certificate in " + folder + ": " + e.getMessage(), e);
    }
  }

  private static String withoutPemLines(String pem) {
    return pem.replaceAll("-----[A-Z ]+-----", "");
  }

  private Path token() {
    return folder.resolve("token");
  }

  public String bearerToken() throws IOException {
    return Files.readString(token()).strip();
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
