package io.sandjar.cli;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.Model.CommandSpec;

/** The examples of the README and of the help of the commands for pods work when pasted. */
class HelpExamplesIT {
  /** What goes on until it is stopped, and what it says when it works. */
  private static final Map<String, String> ENDLESS =
      Map.of(
          "logs -f", "tick",
          "events --for pod/echo --watch", "LAST SEEN",
          "port-forward ", "Forwarding from",
          "attach ", "tick");

  /** Plays nginx, and ends as quickly when it is told to. */
  private static final String SERVER =
      "--image=" + Node.IMAGE + " $1 -- sh -c 'trap exit TERM; while :; do sleep 0.2; done'";

  /** Of these, a shell or the current folder is a part. The others run faster without a process. */
  private static final Pattern FOR_A_SHELL = Pattern.compile("'|\\||EDITOR|edit|pod\\.yaml| cp ");

  @Test
  void everyExampleWorksWhenPasted() throws Exception {
    try (var node = Node.start()) {
      prepare(node);
      pasteReadme(node);
      for (var command : Commands.all()) {
        if (command.group().equals(Commands.PODS)) {
          var examples = examples(command);
          assertFalse(examples.isEmpty(), command.name() + " has no example");
          for (var example : examples) {
            paste(node, example);
          }
        }
        if (command.name().equals("run")) {
          node.run("wait", "--for=condition=Ready", "pod/web", "--timeout=180s");
        }
      }
    }
  }

  private static void pasteReadme(Node node) throws Exception {
    for (var line : ShellBlocks.lines("README.md")) {
      if (ShellBlocks.isOurs(line)) {
        paste(node, line.replace("scripts/sandjar", "sandjar").replace("NAME", "echo"));
      } else if (line.startsWith("kubectl ")) {
        node.shell(
            line.replace("kubectl ", PodCommandsIT.kubectl() + " ")
                .replace("/var/lib/sandjar/kubeconfig", node.kubeconfig().toString()));
      }
    }
  }

  private static List<String> examples(Commands.Entry command) {
    var nowhere = new PrintStream(new ByteArrayOutputStream(), false, StandardCharsets.UTF_8);
    var context = new Context(InputStream.nullInputStream(), nowhere, nowhere, Map.of());
    CommandSpec spec =
        new Main(context)
            .line(List.of(command))
            .getSubcommands()
            .get(command.name())
            .getCommandSpec();
    return Arrays.stream(spec.usageMessage().description())
        .filter(line -> line.startsWith("  ") && line.contains("sandjar "))
        .map(String::strip)
        .toList();
  }

  /** What the examples take to be there. */
  private static void prepare(Node node) throws Exception {
    var loop = "while :; do echo tick; sleep 0.2; done";
    Files.writeString(node.folder().resolve("pod.yaml"), Node.pod("from-file", loop));
    Files.writeString(node.folder().resolve("notes.txt"), "notes");
    var db = "  - {name: db, image: \"%s\", command: [sh, -c, \"%s\"]}\n";
    node.apply(
        String.join(
            "---\n",
            Node.pod("echo", loop)
                .replace("name: app,", "name: app, ports: [{name: http, containerPort: 3000}],"),
            Node.pod("redis", loop),
            Node.pod("counter", "mkdir /data; " + loop) + db.formatted(Node.IMAGE, loop),
            Node.pod("shell", "sh").replace("image:", "stdin: true, tty: true, image:")));
  }

  private static void paste(Node node, String example) throws Exception {
    // There is no registry here: busybox plays the other images. Ports of the machine are chosen.
    var line =
        example
            .replaceAll("--image[= ]busybox", "--image=" + Node.IMAGE)
            .replaceFirst("--image=nginx (.*app=web)$", SERVER)
            .replace(" 8080:", " :")
            .replace(" 9090", " :9090")
            .replace("EDITOR=nano", "EDITOR=true");
    for (var endless : ENDLESS.entrySet()) {
      if (line.contains("sandjar " + endless.getKey())) {
        pasteAndStop(node, line, endless.getValue());
        return;
      }
    }
    if (FOR_A_SHELL.matcher(line).find()) {
      node.shell("export EDITOR=true; " + line);
    } else {
      runHere(node, line);
    }
  }

  private static void runHere(Node node, String line) {
    var words = List.of(line.split(" +"));
    // What is typed is for the examples that open a shell.
    node.here(0, "exit\n", words.subList(1, words.size()));
  }

  private static void pasteAndStop(Node node, String line, String expected) throws Exception {
    var process = node.prepared(new ProcessBuilder("bash", "-c", "exec " + line)).start();
    var said = new StringBuilder();
    CompletableFuture.delayedExecutor(Node.PATIENCE.toSeconds(), TimeUnit.SECONDS)
        .execute(process::destroy);
    try (var typed = process.getOutputStream();
        var output =
            new BufferedReader(
                new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      typed.write("echo tick\n".getBytes(StandardCharsets.UTF_8));
      typed.flush();
      while (said.indexOf(expected) < 0) {
        var next = output.readLine();
        assertTrue(next != null, () -> line + " ended, and has said: " + said);
        said.append(next).append('\n');
      }
    } finally {
      process.destroy();
      assertTrue(process.waitFor(Node.PATIENCE.toSeconds(), TimeUnit.SECONDS), line);
    }
  }
}
