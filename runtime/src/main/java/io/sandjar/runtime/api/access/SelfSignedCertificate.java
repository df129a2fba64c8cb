package io.sandjar.runtime.api.access;

import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * A new key and a certificate for this machine that it signs itself.
 *
 * <p>A class of its own, so that BouncyCastle is loaded only where one is made: reading its signed
 * jars takes longer than the rest of the daemon's start.
 *
 * @param key in PKCS#8
 * @param certificate in DER
 */
record SelfSignedCertificate(byte[] key, byte[] certificate) {
  private static final Duration LIFETIME = Duration.ofDays(3650);

  static SelfSignedCertificate make() throws IOException {
    try {
      return sign();
    } catch (GeneralSecurityException | OperatorCreationException e) {
      throw new IOException("make the API's certificate: " + e.getMessage(), e);
    }
  }

  private static SelfSignedCertificate sign()
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
    return new SelfSignedCertificate(
        keys.getPrivate().getEncoded(), builder.build(signer).getEncoded());
  }
}
