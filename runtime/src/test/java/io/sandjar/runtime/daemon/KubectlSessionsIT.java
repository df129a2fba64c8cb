package io.sandjar.runtime.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.runtime.api.Kubectl;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What people do with running pods, with every stock kubectl that is here. */
@TestInstance(Lifecycle.PER_CLASS)
class KubectlSessionsIT {
  @TempDir private static Path folder;
  private TestNode node;

  static List<Path> kubectls() {
    return Kubectl.all();
  }

  @BeforeAll
  void start() throws Exception {
    node = TestNode.start(folder, "");
  }

  @AfterEach
  void deleteAll() throws Exception {
    node.run("delete", "all", "--all", "--now");
    assertEquals("", node.run("get", "pods", "-o", "name"));
  }

  @AfterAll
  void stop() throws Exception {
    node.stop();
  }

  @ParameterizedTest
  @MethodSource("kubectls")
  void filesAreCopiedAndLogsAreCut(Path binary) throws Exception {
    Kubectl kubectl = node.kubectl(binary);
    run(kubectl, "copy", "for i in 1 2 3; do echo line $i; done; echo err >&2; sleep 1000");
    Path local = Files.writeString(folder.resolve("local"), "to and fro\n");
    kubectl.run("cp", local.toString(), "copy:/tmp/there");
    assertEquals("to and fro\n", kubectl.run("exec", "copy", "--", "cat", "/tmp/there"));
    Path back = folder.resolve("back");
    kubectl.run("cp", "copy:/tmp/there", back.toString());
    assertEquals("to and fro\n", Files.readString(back));
    node.await(() -> kubectl.run("logs", "copy"), log -> log.lines().count() == 4);
    assertEquals(2, kubectl.run("logs", "copy", "--tail=2").lines().count());
    assertEquals(4, kubectl.run("logs", "copy", "--since=1h").lines().count());
    assertTrue(
        kubectl.run("logs", "copy", "--timestamps", "--tail=1").matches("(?s)20\\d\\d-.*Z .*\n"));
  }

  @ParameterizedTest
  @MethodSource("kubectls")
  void attachingShowsWhatIsSaidFromThenOn(Path binary) throws Exception {
    Kubectl kubectl = node.kubectl(binary);
    node.apply(
        node.pod(
            "talk",
            """
            containers:
            - name: c
              image: IMAGE
              stdin: true
              command: [sh, -c, "while read line; do echo you said $line; done"]
            """));
    kubectl.run("wait", "--for=condition=Ready", "pod/talk", "--timeout=180s");
    Process attached = kubectl.start("attach", "talk", "-i");
    try (var output = attached.inputReader();
        var input = attached.outputWriter()) {
      input.write("hello\n");
      input.flush();
      String line = output.readLine();
      while (line != null && !line.equals("you said hello")) {
        line = output.readLine();
      }
      assertEquals("you said hello", line);
    } finally {
      attached.destroy();
      attached.waitFor(60, TimeUnit.SECONDS);
    }
  }

  @ParameterizedTest
  @MethodSource("kubectls")
  void aFollowedLogEndsWithTheContainer(Path binary) throws Exception {
    Kubectl kubectl = node.kubectl(binary);
    kubectl.run(
        "run",
        "follow",
        "--image=" + node.registry().image(),
        "--restart=Never",
        "--command",
        "--",
        "sh",
        "-c",
        "for i in 1 2 3; do echo $i; sleep 0.3; done");
    node.await(
        () -> kubectl.run("get", "pod", "follow", "-o", "jsonpath={.status.phase}"),
        phase -> phase.matches("Running|Succeeded"));
    assertEquals("1\n2\n3\n", kubectl.run("logs", "-f", "follow"));
  }

  @ParameterizedTest
  @MethodSource("kubectls")
  void aReaderThatLeavesASilentLogIsNotKept(Path binary) throws Exception {
    Kubectl kubectl = node.kubectl(binary);
    run(kubectl, "silent", "echo once; sleep 1000");
    String before = openLogs("silent");
    Process follow = kubectl.start("logs", "-f", "silent");
    try (var lines = follow.inputReader()) {
      assertEquals("once", lines.readLine());
      assertNotEquals(before, openLogs("silent"));
    } finally {
      follow.destroy();
      follow.waitFor(60, TimeUnit.SECONDS);
    }
    node.await(() -> openLogs("silent"), before::equals);
  }

  /** How often the daemon has the pod's log open. */
  private String openLogs(String pod) throws IOException {
    int open = 0;
    try (var all = Files.list(Path.of("/proc/" + node.daemon().pid() + "/fd"))) {
      for (Path fd : all.toList()) {
        try {
          open += Files.readSymbolicLink(fd).toString().contains("_" + pod + "_") ? 1 : 0;
        } catch (IOException closed) {
          // Between the listing and the look.
        }
      }
    }
    return Integer.toString(open);
  }

  @ParameterizedTest
  @MethodSource("kubectls")
  void aForwardedPortReachesThePodsLocalhost(Path binary) throws Exception {
    Kubectl kubectl = node.kubectl(binary);
    run(
        kubectl,
        "web",
        "mkdir /www; echo inside > /www/index.html; httpd -f -p 127.0.0.1:8080 -h /www");
    Process forward = kubectl.start("port-forward", "pod/web", ":8080");
    try (var output = forward.inputReader()) {
      String line = output.readLine();
      assertTrue(line.startsWith("Forwarding from 127.0.0.1:"), line);
      int port = Integer.parseInt(line.replaceAll(".*:(\\d+) -> .*", "$1"));
      node.await(() -> get(port), body -> body.endsWith("inside\n"));
      assertTrue(get(port).endsWith("inside\n"), "a second connection over the same session");
    } finally {
      forward.destroy();
      forward.waitFor(60, TimeUnit.SECONDS);
    }
  }

  private static String get(int port) throws IOException {
    try (var socket = new Socket("127.0.0.1", port)) {
      socket
          .getOutputStream()
          .write("GET /index.html HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @ParameterizedTest
  @MethodSource("kubectls")
  void objectsAreAnnotatedEditedAndWatched(Path binary) throws Exception {
    Kubectl kubectl = node.kubectl(binary);
    run(kubectl, "edited", "sleep 1000");
    kubectl.run("annotate", "pod", "edited", "note=before");
    Path editor =
        Files.writeString(folder.resolve("editor"), "sed -i 's/note: before/note: after/' $1\n");
    Process edit = kubectl.start(Map.of("KUBE_EDITOR", "sh " + editor), "edit", "pod", "edited");
    String said = new String(edit.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, edit.waitFor(), said);
    assertEquals("pod/edited edited\n", said);
    assertEquals(
        "after",
        kubectl.run("get", "pod", "edited", "-o", "jsonpath={.metadata.annotations.note}"));
    assertTrue(
        kubectl
            .run("get", "events", "--field-selector", "involvedObject.name=edited,reason=Started")
            .contains("Started container edited"));
    Process watch = kubectl.start("get", "pods", "-A", "-w", "--no-headers");
    try (var rows = watch.inputReader()) {
      assertTrue(rows.readLine().matches("default +edited +1/1 +Running .*"));
      kubectl.run("delete", "pod", "edited", "--now");
      assertTrue(rows.lines().anyMatch(row -> row.contains("Terminating")));
    } finally {
      watch.destroy();
      watch.waitFor(60, TimeUnit.SECONDS);
    }
    assertTrue(kubectl.run("describe", "nodes").contains("Allocated resources:"));
    assertTrue(kubectl.run("top", "nodes").contains("%"));
  }

  @ParameterizedTest
  @MethodSource("kubectls")
  void aDebugContainerSeesTheProcessesOfItsTarget(Path binary) throws Exception {
    Kubectl kubectl = node.kubectl(binary);
    if (kubectl.run("version", "--client", "-o", "json").contains("\"minor\": \"20\"")) {
      // Its debug speaks an API that was an alpha then.
      return;
    }
    run(kubectl, "sick", "sleep 4321");
    kubectl.run(
        "debug",
        "sick",
        "--profile=general",
        "--image=" + node.registry().image(),
        "--target=sick",
        "-c",
        "doctor",
        "--",
        "sh",
        "-c",
        "ps; echo done");
    node.await(
        () -> kubectl.run("logs", "sick", "-c", "doctor"),
        log -> log.contains("sleep 4321") && log.endsWith("done\n"));
    // What is there may not change, and a further one is no change of it.
    kubectl.run("debug", "sick", "--image=" + node.registry().image(), "-c", "nurse", "--", "true");
    String exit =
        "jsonpath={.status.ephemeralContainerStatuses[?(@.name==\"nurse\")].state.terminated.exitCode}";
    node.await(() -> kubectl.run("get", "pod", "sick", "-o", exit), "0"::equals);
    assertEquals(
        "0",
        kubectl.run(
            "get", "pod", "sick", "-o", "jsonpath={.status.containerStatuses[0].restartCount}"));
  }

  private void run(Kubectl kubectl, String name, String script) throws Exception {
    kubectl.run(
        "run", name, "--image=" + node.registry().image(), "--command", "--", "sh", "-c", script);
    kubectl.run("wait", "--for=condition=Ready", "pod/" + name, "--timeout=180s");
  }
}
