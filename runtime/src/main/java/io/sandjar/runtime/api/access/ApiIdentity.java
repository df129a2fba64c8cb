package io.sandjar.runtime.api.access;

import io.sandjar.runtime.state.AtomicFile;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.HexFormat;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** The API's key, certificate and token: made once, kept in a folder that only root may read. */
public final class ApiIdentity {
  private static final Duration LIFETIME = Duration.ofDays(3650);
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
    if (!Files.exists(certificate()) || !Files.exists(key())) {
      try {
        makeCertificate();
      } catch (GeneralSecurityException | OperatorCreationException e) {
        throw new IOException("make the API's certificate: " + e.getMessage(), e);
      }
    }
  }

  public Path certificate() {
    return folder.resolve("tls.crt");
  }

  public Path key() {
    return folder.resolve("tls.key");
  }

  private Path token() {
    return folder.resolve("token");
  }

  public String bearerToken() throws IOException {
    return Files.readString(token()).strip();
  }

  private void makeCertificate()
      throws GeneralSecurityException, OperatorCreationException, IOException {
    var generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    var keys = generator.generateKeyPair();
    var name = new X500Name("CN=sandjar");
    Instant now = Instant.now();
    var builder =
        new JcaX509v3CertificateBuilder(
            name,
            new BigInteger(127, new SecureRandom()),
            Date.from(now.minus(Duration.ofDays(1))),
            Date.from(now.plus(LIFETIME)),
            name,
            keys.getPublic());
    // It signs itself, so a client that trusts it trusts nothing else by it.
    builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
    builder.addExtension(
        Extension.subjectAlternativeName,
        false,
        new GeneralNames(
            new GeneralName[] {
              new GeneralName(GeneralName.dNSName, "localhost"),
              new GeneralName(GeneralName.iPAddress, "127.0.0.1"),
              new GeneralName(GeneralName.iPAddress, "::1")
            }));
    var signer = new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate());
    AtomicFile.writeDurably(key(), pem("PRIVATE KEY", keys.getPrivate().getEncoded()));
    AtomicFile.writeDurably(certificate(), pem("CERTIFICATE", builder.build(signer).getEncoded()));
  }

  private static byte[] pem(String what, byte[] der) {
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    return ("-----BEGIN " + what + "-----\n" + body + "\n-----END " + what + "-----\n")
        .getBytes(StandardCharsets.UTF_8);
  }
}
