package io.sandjar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MainTest {
  @TempDir private Path folder;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @Test
  void helpListsEveryCommandOnStdout() {
    assertEquals(0, run("--help"));
    for (var command : Commands.all()) {
      assertTrue(text(out).contains("\n  " + command.name() + " "), command.name());
    }
    assertTrue(text(out).startsWith("sandjar runs Kubernetes pods on this machine"), text(out));
    assertEquals("", text(err));
  }

  @Test
  void everyCommandHasHelp() {
    for (var command : Commands.all()) {
      out.reset();
      assertEquals(0, run(command.name(), "--help"), command.name());
      assertTrue(text(out).startsWith("Usage: sandjar " + command.name()), text(out));
      assertEquals(text(out), helpBy("help", command.name()));
    }
  }

  private String helpBy(String... words) {
    out.reset();
    run(words);
    return text(out);
  }

  @Test
  void theHelpOfACommandKeepsItsShape() {
    run("version", "--help");
    assertEquals(
        """
        Usage: sandjar version [-hv] [--client] [-o=FORMAT] [--socket=FILE]
        Prints the versions of the command and of the daemon it talks to.

          sandjar version

        Options:
              --client          Only the command's own version.
          -h, --help            Print this help.
          -o, --output=FORMAT   json or yaml.
              --socket=FILE     The daemon's HTTP socket (SANDJAR_SOCKET, or
                                  /run/sandjar/api.sock).
          -v, --verbose         Tell each request to the daemon on stderr.
        """,
        text(out));
  }

  @Test
  void whatIsWrongGoesToStderrWithStatus1() {
    assertEquals(1, run("bogus"));
    assertEquals(
        "error: unknown command \"bogus\" for \"sandjar\"; see 'sandjar --help'\n", text(err));
    err.reset();
    assertEquals(1, run("version", "--bad"));
    assertEquals("error: Unknown option: '--bad'; see 'sandjar version --help'\n", text(err));
    assertEquals("", text(out));
  }

  @Test
  void versionTellsBothSides() throws IOException {
    var socket = folder.resolve("s");
    try (var daemon =
        FakeDaemon.answering(socket, "HTTP/1.1 200 OK\r\n\r\n{\"sandjarVersion\":\"9.9\"}")) {
      assertEquals(0, run("--socket", socket.toString(), "version"), daemon::toString);
    }
    assertEquals(
        "Client Version: %s\nServer Version: 9.9\n".formatted(Build.current().version()),
        text(out));
  }

  @Test
  void versionWithoutADaemonTellsItsOwnAndFails() {
    assertEquals(1, run("--socket", folder.resolve("none").toString(), "version"));
    assertEquals("Client Version: " + Build.current().version() + "\n", text(out));
    assertTrue(text(err).startsWith("error: cannot reach the daemon at "), text(err));
  }

  @Test
  void theDaemonsRefusalIsSaidAsKubectlSaysIt() throws IOException {
    var socket = folder.resolve("s");
    var status =
        "{\"kind\":\"Status\",\"reason\":\"NotFound\",\"message\":\"no such thing\",\"code\":404}";
    try (var daemon = FakeDaemon.answering(socket, "HTTP/1.1 404 Not Found\r\n\r\n" + status)) {
      assertEquals(1, run("--socket", socket.toString(), "version"), daemon::toString);
    }
    assertEquals("Error from server (NotFound): no such thing\n", text(err));
  }

  @Test
  void theCompletionScriptIsOneThatBashReads() throws Exception {
    assertEquals(0, run("completion", "bash"));
    var script = Files.writeString(folder.resolve("completion"), text(out));
    var check =
        new ProcessBuilder(
                "bash",
                "-c",
                "source %s && type _complete_sandjar && complete -p sandjar".formatted(script))
            .redirectErrorStream(true)
            .start();
    var said = new String(check.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(check.waitFor(10, TimeUnit.SECONDS));
    assertEquals(0, check.exitValue(), said);
  }

  private int run(String... words) {
    try (var toOut = new PrintStream(out, true, StandardCharsets.UTF_8);
        var toErr = new PrintStream(err, true, StandardCharsets.UTF_8)) {
      return new Main(new Context(InputStream.nullInputStream(), toOut, toErr, Map.of()))
          .run(List.of(words));
    }
  }

  private static String text(ByteArrayOutputStream stream) {
    return stream.toString(StandardCharsets.UTF_8);
  }
}
