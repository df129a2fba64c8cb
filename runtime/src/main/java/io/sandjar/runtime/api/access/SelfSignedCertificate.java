package io.sandjar.runtime.api.access;

import io.sandjar.runtime.state.FolderTree;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.util.List;
import java.util.UUID;

/**
 * A new key and a certificate for this machine that it signs itself.
 *
 * <p>The JDK makes certificates only by its keytool. A library in this process would do it too, and
 * then keep 20 MiB for what happens once in a node's life.
 *
 * @param key in PKCS#8
 * @param certificate in DER
 */
record SelfSignedCertificate(byte[] key, byte[] certificate) {
  private static final Path KEYTOOL = Path.of(System.getProperty("java.home"), "bin", "keytool");
  private static final String WORKSHOP = "making-";
  private static final String ALIAS = "sandjar";
  private static final String PASSWORD = "SANDJAR_STORE_PASSWORD";

  /** Makes it by way of a file in a folder that nobody else may read. */
  static SelfSignedCertificate make(Path folder) throws IOException {
    Path workshop = Files.createTempDirectory(folder, WORKSHOP);
    Path file = workshop.resolve("new.p12");
    String password = UUID.randomUUID().toString();
    try {
      run(file, password);
      return read(file, password);
    } catch (GeneralSecurityException e) {
      throw new IOException(
          "read the API's new certificate from " + file + ": " + e.getMessage(), e);
    } finally {
      FolderTree.delete(workshop);
    }
  }

  /**
   * Deletes what a crash has left. A keytool that outlived its daemon finds no folder to write to.
   */
  static void sweep(Path folder) throws IOException {
    try (DirectoryStream<Path> left = Files.newDirectoryStream(folder, WORKSHOP + "*")) {
      for (Path workshop : left) {
        FolderTree.delete(workshop);
      }
    }
  }

  private static SelfSignedCertificate read(Path file, String password)
      throws IOException, GeneralSecurityException {
    var store = KeyStore.getInstance(file.toFile(), password.toCharArray());
    Key key = store.getKey(ALIAS, password.toCharArray());
    return new SelfSignedCertificate(key.getEncoded(), store.getCertificate(ALIAS).getEncoded());
  }

  private static void run(Path file, String password) throws IOException {
    var command =
        List.of(
            KEYTOOL.toString(),
            "-genkeypair",
            "-alias",
            ALIAS,
            "-keyalg",
            "EC",
            "-groupname",
            "secp256r1",
            "-sigalg",
            "SHA256withECDSA",
            "-dname",
            "CN=sandjar",
            "-startdate",
            "-1d",
            "-validity",
            "3650",
            "-ext",
            // It signs itself, so a client that trusts it trusts nothing else by it.
            "bc:critical=ca:true",
            "-ext",
            "san=dns:localhost,ip:127.0.0.1,ip:::1",
            "-storetype",
            "PKCS12",
            "-keystore",
            file.toString(),
            // Not as an argument, which every user of the machine can read.
            "-storepass:env",
            PASSWORD);
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put(PASSWORD, password);
    var keytool = builder.start();
    keytool.getOutputStream().close();
    try (var said = keytool.getInputStream()) {
      String output = new String(said.readAllBytes(), StandardCharsets.UTF_8).strip();
      int status = keytool.waitFor();
      if (status != 0) {
        throw new IOException(
            "make the API's certificate: " + KEYTOOL + " exited with " + status + ": " + output);
      }
    } catch (InterruptedException e) {
      keytool.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new IOException("make the API's certificate: interrupted", e);
    }
  }
}
