package io.sandjar.runtime.image.registry;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sandjar.runtime.image.registry.Credentials.IdentityToken;
import io.sandjar.runtime.image.registry.Credentials.Password;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Asks a {@code docker-credential-NAME} program for a server's credentials. */
final class CredentialHelper {
  private static final long TIMEOUT_SECONDS = 30;

  private final Path program;
  private final Map<String, String> environment;

  private CredentialHelper(Path program, Map<String, String> environment) {
    this.program = program;
    this.environment = environment;
  }

  /** The helper of that name on the environment's PATH. */
  static CredentialHelper find(String name, Map<String, String> environment) throws IOException {
    if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]*")) {
      throw new IOException("\"" + name + "\" is not the name of a credential helper");
    }
    String program = "docker-credential-" + name;
    String folders = environment.getOrDefault("PATH", "");
    for (String folder : folders.split(":")) {
      Path candidate = Path.of(folder).resolve(program);
      if (!folder.isEmpty() && Files.isExecutable(candidate)) {
        return new CredentialHelper(candidate, environment);
      }
    }
    throw new IOException(
        "docker's config.json names the credential helper "
            + name
            + ", but there is no "
            + program
            + " in "
            + folders);
  }

  Optional<Credentials> ask(String server) throws IOException {
    var builder =
        new ProcessBuilder(program.toString(), "get")
            .redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().clear();
    builder.environment().putAll(environment);
    Process process = builder.start();
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
        return refused(server, new String(out, StandardCharsets.UTF_8).strip());
      }
      return Optional.of(decode(JSON.std.mapFrom(out)));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while waiting for " + program, e);
    } finally {
      process.destroyForcibly();
    }
  }

  private Optional<Credentials> refused(String server, String said) throws IOException {
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
