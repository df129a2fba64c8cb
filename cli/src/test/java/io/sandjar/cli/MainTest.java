package io.sandjar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
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
    assertTrue(check.waitFor(60, TimeUnit.SECONDS));
    assertEquals(0, check.exitValue(), said);
  }

  @Test
  void theCompletionForZshBeginsAsItsFoldersWant() {
    assertEquals(0, run("completion", "zsh"));
    assertTrue(text(out).startsWith("#compdef sandjar\n"), text(out));
  }

  @Test
  void aGroupsOptionsCountForTheCommandsBelowIt() {
    for (var line :
        List.of(
            "create -n custom --dry-run=client -o yaml configmap colors",
            "-n custom create --dry-run -o yaml configmap colors",
            "create -n custom --dry-run=client secret generic -o yaml colors")) {
      out.reset();
      assertEquals(0, run(line.split(" ")), () -> line + ": " + text(err));
      assertTrue(text(out).contains("\n  name: colors\n  namespace: custom\n"), text(out));
    }
    out.reset();
    assertEquals(0, run("create", "--dry-run=client", "namespace", "custom"), () -> text(err));
    assertEquals("namespace/custom created (dry run)\n", text(out));
  }

  @Test
  void filesAndAKindBelowCreateExcludeEachOther() {
    assertEquals(1, run("create", "-f", "x.yaml", "--dry-run=client", "configmap", "colors"));
    assertTrue(text(err).startsWith("error: -f FILE is for 'sandjar create' alone"), text(err));
    assertEquals("", text(out));
  }

  @Test
  void aCommandsOwnOptionsCountMoreThanItsGroups() {
    run(
        "create",
        "-n",
        "first",
        "--dry-run=client",
        "-oname",
        "configmap",
        "colors",
        "-n",
        "second",
        "-oyaml");
    assertTrue(text(out).contains("\n  namespace: second\n"), () -> text(out) + text(err));
  }

  @Test
  void aManifestsOwnNamespaceIsWhereItIsLookedFor() throws IOException {
    var manifest = folder.resolve("y.yaml");
    Files.writeString(
        manifest, "{apiVersion: v1, kind: ConfigMap, metadata: {name: y, namespace: custom}}");
    var socket = folder.resolve("s");
    var asked = new LinkedBlockingQueue<String>();
    try (var daemon =
        new FakeDaemon(
            socket,
            client -> {
              asked.add(FakeDaemon.receiveUntil(client, "\r\n\r\n"));
              FakeDaemon.send(client, "HTTP/1.1 404 Not Found\r\n\r\n{}");
            })) {
      var words = List.of("--socket", socket.toString(), "get", "-oyaml", "-f");
      assertEquals(1, run(with(words, manifest.toString())), daemon::toString);
    }
    var request = asked.remove();
    assertTrue(request.startsWith("GET /api/v1/namespaces/custom/configmaps/y"), request);
  }

  private static String[] with(List<String> words, String last) {
    return Stream.concat(words.stream(), Stream.of(last)).toArray(String[]::new);
  }

  @Test
  void outputThatNobodyReadsEndsACommandWithoutWords() {
    var closed =
        new OutputStream() {
          @Override
          public void write(int octet) {
            throw new StandardOutput.Lost(new IOException("Broken pipe"));
          }
        };
    assertThrows(
        StandardOutput.Lost.class,
        () -> run(InputStream.nullInputStream(), closed, List.of("completion", "bash")));
    assertEquals("", text(err));
  }

  @Test
  void whatWasPrintedIsNotLostWhereACommandBreaks() throws IOException {
    var broken =
        new InputStream() {
          @Override
          public int read() {
            throw new IllegalStateException("broken");
          }
        };
    var buffered = new BufferedOutputStream(out);
    buffered.write("before".getBytes(StandardCharsets.UTF_8));
    assertThrows(
        IllegalStateException.class, () -> run(broken, buffered, List.of("apply", "-f", "-")));
    assertEquals("before", text(out));
  }

  private int run(String... words) {
    return run(InputStream.nullInputStream(), out, List.of(words));
  }

  private int run(InputStream in, OutputStream to, List<String> words) {
    // Not closed: that would flush once more.
    var toOut = new PrintStream(to, true, StandardCharsets.UTF_8);
    var toErr = new PrintStream(err, true, StandardCharsets.UTF_8);
    return new Main(new Context(in, toOut, toErr, Map.of())).run(words);
  }

  private static String text(ByteArrayOutputStream stream) {
    return stream.toString(StandardCharsets.UTF_8);
  }
}
