package io.sandjar.runtime.api.access;

import io.sandjar.runtime.state.AtomicFile;
import io.sandjar.runtime.state.DamagedFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;

/** Writes the kubeconfig with which kubectl reaches the node. */
public final class Kubeconfig {

  private Kubeconfig() {}

  /** The file is root's alone: it holds the token. */
  public static void write(Path file, ApiIdentity identity, String server) throws IOException {
    String authority =
        Base64.getEncoder().encodeToString(Files.readAllBytes(identity.certificate()));
    String text =
        """
        apiVersion: v1
        kind: Config
        clusters:
        - name: sandjar
          cluster:
            server: %s
            certificate-authority-data: %s
        users:
        - name: root
          user:
            token: %s
        contexts:
        - name: sandjar
          context: {cluster: sandjar, user: root}
        current-context: sandjar
        """
            .formatted(server, authority, identity.bearerToken());
    if (Files.isDirectory(file)) {
      DamagedFile.setAside(file, new IOException("Is a directory"), "it is written anew");
    }
    AtomicFile.writePrivately(file, text.getBytes(StandardCharsets.UTF_8));
    AtomicFile.sync(file.toAbsolutePath().getParent());
  }
}
