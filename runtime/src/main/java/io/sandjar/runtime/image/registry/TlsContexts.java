package io.sandjar.runtime.image.registry;

import io.sandjar.runtime.image.registry.Endpoint.ClientCertificate;
import io.sandjar.runtime.image.registry.Endpoint.TlsSettings;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Collection;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;

/** Makes a TLS context from certificate files: the system's authorities and the given ones. */
final class TlsContexts {
  private static final char[] NO_PASSWORD = {};

  private TlsContexts() {}

  static SSLContext of(TlsSettings settings) throws IOException {
    try {
      var context = SSLContext.getInstance("TLS");
      context.init(
          settings.clients().isEmpty() ? null : keys(settings).getKeyManagers(),
          settings.skipVerify()
              ? new TrustManager[] {new TrustsAnyone()}
              : trust(settings).getTrustManagers(),
          null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException("cannot set up TLS: " + e.getMessage(), e);
    }
  }

  private static TrustManagerFactory trust(TlsSettings settings)
      throws GeneralSecurityException, IOException {
    var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    if (settings.authorities().isEmpty()) {
      factory.init((KeyStore) null);
      return factory;
    }
    KeyStore store = emptyStore();
    factory.init((KeyStore) null);
    int count = 0;
    for (TrustManager manager : factory.getTrustManagers()) {
      if (manager instanceof X509TrustManager system) {
        for (X509Certificate authority : system.getAcceptedIssuers()) {
          store.setCertificateEntry("system-" + count++, authority);
        }
      }
    }
    for (Path file : settings.authorities()) {
      for (Certificate authority : certificates(file)) {
        store.setCertificateEntry("given-" + count++, authority);
      }
    }
    factory.init(store);
    return factory;
  }

  private static KeyManagerFactory keys(TlsSettings settings)
      throws GeneralSecurityException, IOException {
    KeyStore store = emptyStore();
    for (ClientCertificate client : settings.clients()) {
      store.setKeyEntry(
          client.certificate().toString(),
          key(client.key().orElse(client.certificate())),
          NO_PASSWORD,
          certificates(client.certificate()).toArray(Certificate[]::new));
    }
    var factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, NO_PASSWORD);
    return factory;
  }

  private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    return store;
  }

  private static Collection<? extends Certificate> certificates(Path file)
      throws GeneralSecurityException, IOException {
    try (InputStream in = Files.newInputStream(file)) {
      var certificates = CertificateFactory.getInstance("X.509").generateCertificates(in);
      if (certificates.isEmpty()) {
        throw new IOException(file + " has no certificate");
      }
      return certificates;
    }
  }

  /** PKCS#1, SEC 1 and PKCS#8 keys: the JDK reads only the last. */
  private static PrivateKey key(Path file) throws IOException {
    try (Reader reader = Files.newBufferedReader(file);
        var pem = new PEMParser(reader)) {
      var converter = new JcaPEMKeyConverter();
      for (Object object = pem.readObject(); object != null; object = pem.readObject()) {
        if (object instanceof PEMKeyPair pair) {
          return converter.getKeyPair(pair).getPrivate();
        }
        if (object instanceof PrivateKeyInfo info) {
          return converter.getPrivateKey(info);
        }
      }
    }
    throw new IOException(file + " has no private key");
  }
}
