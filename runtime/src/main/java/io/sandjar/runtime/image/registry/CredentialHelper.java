package io.sandjar.runtime.image.registry;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sandjar.runtime.image.registry.Credentials.IdentityToken;
import io.sandjar.runtime.image.registry.Credentials.Password;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Asks a {@code docker-credential-NAME} program for a server's credentials. */
final class CredentialHelper {
  private static final long TIMEOUT_SECONDS = 30;

  private CredentialHelper() {}

  static Optional<Credentials> ask(String name, String server) throws IOException {
    if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]*")) {
      throw new IOException("\"" + name + "\" is not the name of a credential helper");
    }
    String program = "docker-credential-" + name;
    Process process =
        new ProcessBuilder(program, "get").redirectError(ProcessBuilder.Redirect.DISCARD).start();
    try {
      try (OutputStream in = process.getOutputStream()) {
        in.write(server.getBytes(StandardCharsets.UTF_8));
      }
      // A helper that hangs is ended while we read.
      var watchdog = new Thread(() -> endIfSlow(process), program + " watchdog");
      watchdog.setDaemon(true);
      watchdog.start();
      byte[] out = process.getInputStream().readNBytes(1 << 20);
      if (process.waitFor() != 0) {
        return refused(program, server, new String(out, StandardCharsets.UTF_8).strip());
      }
      return Optional.of(decode(JSON.std.mapFrom(out)));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while waiting for " + program, e);
    } finally {
      process.destroyForcibly();
    }
  }

  private static Optional<Credentials> refused(String program, String server, String said)
      throws IOException {
    // The protocol tells "I have none" from trouble only by this sentence.
    if (said.contains("credentials not found in native keychain")) {
      return Optional.empty();
    }
    throw new IOException(program + " has no credentials for " + server + ": " + said);
  }

  private static Credentials decode(Map<String, Object> answer) {
    String user = String.valueOf(answer.get("Username"));
    String secret = String.valueOf(answer.get("Secret"));
    return user.equals("<token>") ? new IdentityToken(secret) : new Password(user, secret);
  }

  private static void endIfSlow(Process process) {
    try {
      if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
    }
  }
}
