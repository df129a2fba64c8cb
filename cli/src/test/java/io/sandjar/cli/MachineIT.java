package io.sandjar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The machine's side of the command against a real daemon: what crictl's users do. */
class MachineIT {
  private static Node node;

  @BeforeAll
  static void start() throws Exception {
    node = Node.start();
  }

  @AfterAll
  static void end() throws Exception {
    node.close();
  }

  @AfterEach
  void removeWhatWasMade() {
    for (var id : quick("sandbox", "ls", "-q").lines().toList()) {
      quick("sandbox", "rm", "--force", id);
    }
  }

  private static String quick(String... words) {
    return node.here(0, words);
  }

  private static String quick(int status, String... words) {
    return node.here(status, words);
  }

  private static void deletePods(String... names) throws Exception {
    for (var name : names) {
      quick("delete", "pod", name, "--now", "--wait=false");
      node.await(() -> quick("sandbox", "ls", "-q", "--name", name), String::isEmpty);
    }
  }

  @Test
  void aSandboxIsMadeListedStoppedAndRemoved() throws Exception {
    var id = node.run("sandbox", "run", "--name", "box", "--label", "app=web").strip();
    node.shell(
        "echo '{metadata: {name: second, namespace: other, attempt: 1}}' | sandjar sandbox run -");
    Golden.check("sandbox-ls", steady(node.run("sandbox", "ls")));
    assertEquals(id, quick("sandbox", "ls", "--name", "box", "-q").strip());
    assertEquals(
        "web", quick("sandbox", "inspect", id.substring(0, 8), "-o", "jsonpath={.labels.app}"));
    assertEquals(
        "other",
        quick("sandbox", "inspect", "other/second", "-o", "jsonpath={.spec.name.namespace}"));
    var logs = quick("sandbox", "inspect", "box", "-o", "jsonpath={.spec.logDirectory}");
    assertTrue(logs.startsWith(node.folder().resolve("root/logs/default_box_").toString()), logs);

    assertEquals("box\n", quick("sandbox", "stop", "box"));
    assertEquals("stopped", quick("sandbox", "inspect", "box", "-o", "jsonpath={.phase}"));
    assertEquals("box\nsecond\n", quick("sandbox", "rm", "box", "second"));
    assertEquals("", quick("sandbox", "ls", "-q"));
  }

  @Test
  void whatIsWrongWithASandboxIsSaidWithTheWayOut() throws Exception {
    var pod = node.folder().resolve("pod.yaml");
    Files.writeString(pod, Node.pod("p", "true"));
    var said =
        quick(1, "sandbox", "run")
            + quick(1, "sandbox", "run", pod.toString()).replace(node.folder() + "/", "")
            + quick(1, "sandbox", "run", "/missing.json")
            + quick(1, "sandbox", "run", "--name", "x", "-p", "80")
            + quick(1, "sandbox", "run", "--name", "x", "--pid", "host")
            + quick(1, "sandbox", "inspect", "nothing")
            + quick(1, "sandbox", "rm", "nothing", "nobody")
            + quick(1, "container", "start", "nothing")
            + quick(1, "container", "create", "box", "--image", Node.IMAGE)
            + quick(1, "container", "create", "box")
            + quick(1, "plan")
            + quick(1, "system", "prune");
    Golden.check("machine-errors", said);
  }

  @Test
  void aContainerLivesAsItIsTold() throws Exception {
    quick("sandbox", "run", "--name", "box");
    quick(
        "container",
        "create",
        "box",
        "--image",
        Node.IMAGE,
        "--name",
        "app",
        "-e",
        "GREETING=hi",
        "--",
        "sh",
        "-c",
        "trap 'exit 3' TERM; echo $GREETING; while :; do sleep 0.1; done");
    Golden.check("container-ls-created", steady(quick("container", "ls", "--all")));
    assertEquals("", quick("container", "ls", "-q"));
    node.run("container", "start", "box/app");
    node.await(() -> node.run("container", "logs", "app"), "hi\n"::equals);
    Golden.check("container-ls", steady(node.run("container", "ls")));
    // The shell is alone or waits for its sleep.
    Golden.check(
        "container-stats",
        figures(quick("container", "stats", "--seconds", "0")).replace("<none> 1 ", "<none> 2 "));

    assertEquals("hi\n", node.run("container", "exec", "app", "sh", "-c", "echo $GREETING"));
    assertEquals("", node.run(7, "container", "exec", "app", "--", "sh", "-c", "exit 7"));
    assertEquals("a b\n", node.shell("echo a b | sandjar container exec -i app cat"));

    assertTrue(quick(1, "container", "rm", "app").contains("is running: stop it first"));
    assertTrue(quick(1, "sandbox", "rm", "box").contains("containers run in sandbox box"));
    assertEquals("app\n", node.run("container", "stop", "app"));
    assertEquals(
        "3 default",
        quick("container", "inspect", "app", "-o", "jsonpath={.exitCode} {.namespace}"));
    Golden.check("container-ls-ended", steady(quick("container", "ls", "-a")));
    assertEquals("app\n", node.run("container", "rm", "app"));
    assertEquals("", quick("container", "ls", "-a", "-q"));
  }

  @Test
  void aContainerHasTheLimitsUserAndMountsThatItIsGiven() throws Exception {
    Files.writeString(node.folder().resolve("shared"), "of the machine\n");
    quick("sandbox", "run", "--name", "box", "--hostname", "here");
    node.shell(
        """
        sandjar container create box --image IMAGE --name app -u 1000:2000 -w /tmp --memory 16Mi --cpus 0.5 \
          --mount $PWD/shared:/shared:ro --cap-drop ALL --read-only -- sleep 1000
        sandjar container start app
        """
            .replace("IMAGE", Node.IMAGE));
    assertEquals(
        "uid=1000 gid=2000 groups=2000\nhere\n/tmp\nof the machine\n",
        quick("container", "exec", "app", "sh", "-c", "id; hostname; pwd; cat /shared"));
    assertEquals(
        "16777216 50000",
        quick(
            "container",
            "inspect",
            "app",
            "-o",
            "jsonpath={.spec.resources.memoryLimit} {.spec.resources.cpuQuota}"));
    assertTrue(
        quick("container", "stats", "-s", "0", "app").contains("16.0MiB"), "the limit is told");
    assertEquals(
        "error: --seconds -1: must be 0 or more\n", quick(1, "container", "stats", "-s", "-1"));
    quick(1, "container", "exec", "app", "sh", "-c", "echo x > /tmp/x");
    quick(1, "container", "exec", "app", "sh", "-c", "echo x > /shared");
  }

  @Test
  void attachTalksToTheFirstProcess() throws Exception {
    quick("sandbox", "run", "--name", "box");
    quick(
        "container",
        "create",
        "box",
        "--image",
        Node.IMAGE,
        "--name",
        "app",
        "-i",
        "--",
        "sh",
        "-c",
        "read line; echo got $line");
    quick("container", "start", "app");
    assertEquals("got it\n", node.shell("echo it | sandjar container attach app"));
  }

  @Test
  void thePlanOfARunningContainerNamesEverySyscall() throws Exception {
    node.apply(Node.pod("planned", "sleep 1000"));
    try {
      var plan = node.run("plan", "planned");
      for (var part :
          List.of(
              "clone3(", "pivot_root(", "wait at the gate", "seccomp", "execve(", "exec: \"sh\"")) {
        assertTrue(plan.contains(part), part + " is not in " + plan);
      }
      assertTrue(quick("plan", "planned/app").contains("pivot_root("), "by its own name too");
      assertEquals("Running", quick("get", "pod/planned", "-o", "jsonpath={.status.phase}"));
    } finally {
      deletePods("planned");
    }
  }

  @Test
  void thePlanOfAWouldBeContainerLeavesNothing() throws Exception {
    var plan = quick("plan", "--image", Node.IMAGE, "--user", "1234", "--", "sleep", "5");
    assertTrue(plan.contains("setresuid(0x4d2, 0x4d2, 0x4d2)"), plan);
    assertTrue(plan.contains("execve("), plan);
    assertEquals("", quick("sandbox", "ls", "-q"));
    assertEquals("", quick("container", "ls", "-a", "-q"));
    assertTrue(
        quick("plan", "--image", Node.IMAGE, "-o", "json", "--", "true").contains("LaunchProgram"));
  }

  @Test
  void thePlanOfAManifestThatWasNeverAppliedLeavesNothing() throws Exception {
    var file = node.folder().resolve("would-be.yaml").toString();
    Files.writeString(
        Path.of(file),
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: would-be}
        spec:
          securityContext: {runAsUser: 1234}
          volumes: [{name: data, emptyDir: {}}]
          containers:
          - {name: app, image: "IMAGE", args: ["true"], ports: [{containerPort: 80, hostPort: 8080}]}
          - {name: side, image: "IMAGE", args: ["true"], volumeMounts: [{name: data, mountPath: /data}]}
        """
            .replace("IMAGE", Node.IMAGE));
    var before = podFolders();
    var plan = node.run("plan", "-f", file, "would-be/side");
    for (var part : List.of("setresuid(0x4d2, 0x4d2, 0x4d2)", "data", "pivot_root(", "execve(")) {
      assertTrue(plan.contains(part), part + " is not in " + plan);
    }
    var first = quick("plan", "-f", file);
    assertTrue(first.startsWith("Defaulted container \"app\" out of: app, side\n"), first);
    assertTrue(
        quick("plan", "-f", file, "-n", "kube-system", "-o", "json").contains("LaunchProgram"));
    var wrong = quick(1, "plan", "-f", file, "would-be/nope");
    assertTrue(wrong.contains("no container \"nope\" in the pod; it has app, side"), wrong);
    assertEquals(
        "error: 0 pods of the manifests are meant, and one is needed: say which\n",
        quick(1, "plan", "-f", file, "other"));

    assertTrue(quick(1, "get", "pod", "would-be").contains("NotFound"));
    assertEquals("", quick("sandbox", "ls", "-q", "--name", "would-be"));
    assertFalse(quick("container", "ls", "-a").contains("would-be"));
    var left = podFolders();
    left.removeAll(before);
    assertEquals(Set.of(), left);
  }

  /** What the disk has of pods, which other tests may still be removing. */
  private static Set<String> podFolders() throws IOException {
    try (var pods = Files.list(node.folder().resolve("root/pods"))) {
      return pods.map(folder -> folder.getFileName().toString()).collect(Collectors.toSet());
    }
  }

  @Test
  void ofAPodThatHasEndedThePlanIsThatOfItsNextStart() throws Exception {
    quick("run", "ended", "--image=" + Node.IMAGE, "--restart=Never", "--command", "--", "true");
    try {
      quick("wait", "--for=jsonpath={.status.phase}=Succeeded", "pod/ended", "--timeout=60s");
      var plan = quick("plan", "ended");
      assertTrue(plan.contains("execve("), plan);
      assertEquals("Succeeded", quick("get", "pod/ended", "-o", "jsonpath={.status.phase}"));
    } finally {
      deletePods("ended");
    }
  }

  @Test
  void infoAndDoctorDescribeTheMachine() throws Exception {
    Golden.check(
        "info",
        node.run("info")
            .replace(node.folder().toString(), "FOLDER")
            .replaceAll("(?m)^(Node|Machine|Daemon|Cgroups|Network):( +).*", "$1:$2..."));
    Golden.check("image-ls", figures(quick("image", "ls")));
    assertTrue(quick("info", "-o", "json").contains("\"httpListen\""));
    var findings = quick("doctor", "-o", "jsonpath={.items[*].area}");
    for (var area : List.of("kernel", "cgroups", "sysctls", "storage", "network", "sockets")) {
      assertTrue(findings.contains(area), area + " is not in " + findings);
    }
    // Of what was removed just now something may still be on its way.
    node.await(
        () -> node.run("doctor"),
        said -> said.contains("\nok       leftovers no cgroup, snapshot or namespace"));
  }

  @Test
  void theDoctorFindsWhatNobodyOwns() throws Exception {
    var parent = quick("info", "-o", "jsonpath={.cgroups.parent}");
    var pod = "pod" + "0123456789abcdef".repeat(4);
    // The test machine's hierarchy with memory, or the only one.
    var cgroup =
        node.shell(
                "if [ -d /sys/fs/cgroup/memory ]; then echo /sys/fs/cgroup/memory; else echo /sys/fs/cgroup; fi")
            .strip();
    node.shell("mkdir " + cgroup + parent + "/" + pod);
    try {
      var said = node.run("doctor");
      assertTrue(said.contains("warning  leftovers cgroup " + parent + "/" + pod), said);
      assertTrue(said.contains("-> restart the daemon"), said);
    } finally {
      node.shell("rmdir " + cgroup + parent + "/" + pod);
    }
  }

  @Test
  void withoutADaemonTheDoctorSaysHowToStartOne() throws Exception {
    var said = node.run(1, "--socket", "/nowhere/api.sock", "doctor");
    assertTrue(said.startsWith("failure  daemon    cannot reach the daemon at /nowhere"), said);
    assertTrue(said.contains("'sandjar daemon --check'"), said);
    var checked = node.run("daemon", "--check", "--root", node.folder().toString());
    assertTrue(checked.contains("ok       kernel    Linux "), checked);
  }

  @Test
  void pruneRemovesWhatIsOverAndNothingOfPods() throws Exception {
    node.apply(Node.pod("keeper", "sleep 1000"));
    try {
      quick("sandbox", "run", "--name", "done");
      quick("sandbox", "stop", "done");
      quick("sandbox", "run", "--name", "box");
      quick("container", "create", "box", "--image", Node.IMAGE, "--name", "over", "--", "true");
      quick("container", "start", "over");
      node.await(() -> quick("container", "ls", "-a"), table -> table.contains("exited (0)"));
      quick("container", "create", "box", "--image", Node.IMAGE, "--name", "waits", "--", "true");

      var use = figures(node.run("system", "df"));
      // The logs of pods of other tests may still be there.
      Golden.check("system-df", use.replaceAll("Logs \\d+ \\d+", "Logs N N"));
      Golden.check("system-prune", figures(node.run("system", "prune", "--force")));
      var names = quick("sandbox", "ls", "-o", "jsonpath={.items[*].name}");
      assertEquals("box keeper", names);
      assertEquals("waits app", quick("container", "ls", "-a", "-o", "jsonpath={.items[*].name}"));
      assertFalse(quick("image", "ls").isBlank());
    } finally {
      deletePods("keeper");
    }
  }

  /** Pasted in their order into a shell; those for a terminal are tested with one elsewhere. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "sandbox",
        "sandbox run",
        "sandbox ls",
        "sandbox inspect",
        "sandbox stop",
        "sandbox rm",
        "container",
        "container create",
        "container ls",
        "container start",
        "container stop",
        "container exec",
        "container logs",
        "container inspect",
        "container stats",
        "container rm",
        "plan",
        "info",
        "doctor",
        "system",
        "system df",
        "image",
        "image ls",
        "image inspect",
        "image save",
        "image load",
        "net",
        "net status",
        "net pods",
        "net routes",
        "net graph",
        "net route"
      })
  void theExamplesInHelpWork(String command) throws Exception {
    var help = quick((command + " --help").split(" "));
    var examples =
        Pattern.compile("(?m)^  ((?:sandjar|echo) .*)$")
            .matcher(help)
            .results()
            .map(found -> found.group(1).replaceAll("\\bbusybox(?!\\.tar)", Node.IMAGE))
            .map(
                line ->
                    line.replaceAll(
                        " (container.json|busybox.tar|pod.yaml)", " " + node.folder() + "/$1"))
            .filter(line -> !line.matches(".* (-it|-f|image pull) .*"))
            .collect(Collectors.joining("\n"));
    assertFalse(examples.isEmpty(), help);
    var before = new StringBuilder();
    if (!help.contains("sandjar sandbox run --name box")) {
      if (help.matches("(?s).*sandjar [^\n]* (box|sh)\\b.*")) {
        before.append("sandjar sandbox run --name box\n");
      }
      if (help.matches("(?s).*sandjar [^\n]* sh\\b.*")) {
        before.append("sandjar container create box --image IMAGE --name sh -- sleep 1000\n");
        before.append(command.equals("container start") ? "" : "sandjar container start sh\n");
      }
    }
    var file = "{metadata: {name: file}, image: {image: '" + Node.IMAGE + "'}, args: ['true']}";
    Files.writeString(node.folder().resolve("container.json"), file);
    if (command.equals("plan")) {
      Files.writeString(node.folder().resolve("pod.yaml"), Node.pod("p", "true"));
      node.apply(Node.pod("echo", "sleep 1000") + "---\n" + Node.pod("counter", "sleep 1000"));
    }
    try {
      for (var line :
          (before.toString().replace("IMAGE", Node.IMAGE) + examples).lines().toList()) {
        if (line.matches("sandjar [^>|]*")) {
          quick(line.substring("sandjar ".length()).split(" "));
        } else {
          node.shell("set -o pipefail; " + line);
        }
      }
    } finally {
      if (command.equals("plan")) {
        deletePods("echo", "counter");
      }
    }
  }

  @Test
  void theCommandsOfTheGuideToNetworksWork() throws Exception {
    var lines = ShellBlocks.lines("docs/networking.md").stream().filter(ShellBlocks::isOurs);
    for (var line : lines.toList()) {
      quick(line.substring("sandjar ".length()).split(" "));
    }
    assertEquals("No other nodes are known.\n", quick("net", "routes"));
  }

  /** Ids, times and addresses differ from run to run. */
  private static String steady(String table) {
    return table
        .replaceAll("(?m)^[0-9a-f]{13}", "0123456789abc")
        .replaceAll("\\b\\d+s( |$)", "1s$1")
        .replaceAll("(?m)(1s +)10\\.[0-9.]+$", "$110.0.0.2");
  }

  private static String figures(String table) {
    return table
        .replaceAll("\\b[0-9a-f]{12,64}\\b", "ID")
        .replaceAll("[0-9.]+([KMG]i)?B\\b", "SIZE")
        .replaceAll("\\b\\d+\\.\\d\\d\\b", "CPU")
        .replaceAll(" +", " ");
  }
}
