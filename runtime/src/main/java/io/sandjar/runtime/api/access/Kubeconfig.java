package io.sandjar.runtime.api.access;

import io.sandjar.runtime.state.AtomicFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
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
    Path prepared = file.resolveSibling(file.getFileName() + ".new");
    Files.deleteIfExists(prepared);
    Files.createFile(
        prepared,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.write(prepared, text.getBytes(StandardCharsets.UTF_8));
    Files.move(
        prepared,
        file,
        java.nio.file.StandardCopyOption.ATOMIC_MOVE,
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    AtomicFile.sync(file.toAbsolutePath().getParent());
  }
}
