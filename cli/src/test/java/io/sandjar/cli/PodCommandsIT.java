package io.sandjar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/** What people who know kubectl type, with the real command against a real daemon. */
@TestInstance(Lifecycle.PER_CLASS)
class PodCommandsIT {
  private static final String DEPLOYMENT =
      "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}}";

  private Node node;
  private String machine;

  @BeforeAll
  void start() throws Exception {
    node = Node.start();
    machine = node.run("get", "nodes", "-o", "jsonpath={.items[0].metadata.name}");
    node.apply(Node.pod("echo", "echo hello; while :; do sleep 1; done"));
    node.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: counter, labels: {app: counter, env: prod}, annotations: {note: hi}}
        spec:
          terminationGracePeriodSeconds: 1
          volumes: [{name: data, emptyDir: {}}]
          containers:
          - name: app
            image: "IMAGE"
            command: [sh, -c, "echo from app; while :; do sleep 1; done"]
            ports: [{containerPort: 3000, name: http}]
            env: [{name: COLOR, value: blue}]
            resources: {limits: {cpu: 500m, memory: 64Mi}}
            volumeMounts: [{name: data, mountPath: /data}]
          - name: db
            image: "IMAGE"
            command: [sh, -c, "echo from db; while :; do sleep 1; done"]
        """
            .replace("IMAGE", Node.IMAGE));
    // A pod is ready before its first word is read.
    node.await(() -> node.run("logs", "echo"), "hello\n"::equals);
    node.await(() -> node.run("logs", "counter", "app"), "from app\n"::equals);
    node.await(() -> node.run("logs", "counter", "db"), "from db\n"::equals);
  }

  @AfterAll
  void stop() throws IOException {
    node.close();
  }

  /** What differs from machine to machine and run to run is replaced; columns close up. */
  private String steady(String text) {
    return text.replace(machine, "NODE")
        .replaceAll("[0-9a-f]{64}", "ID")
        .replaceAll("(?m)^(Start Time|  *Started): .*", "$1: TIME")
        .replaceAll("[A-Z][a-z]{2}, \\d\\d [A-Z][a-z]{2} \\d{4} [\\d:]+ [+-]\\d{4}", "TIME")
        .replaceAll("\\b10(\\.\\d+){3}\\b", "IP")
        .replaceAll("NODE/\\S+", "NODE/IP")
        .replaceAll("\\b(\\d+d)?(\\d+h)?(\\d+m)?\\d+s\\b|\\b\\d+m\\b(?!\\S)", "AGE")
        .replaceAll("(?<=\\S) {2,}", "  ");
  }

  private void golden(String name, String... words) throws Exception {
    Golden.check(name, steady(node.here(0, words)));
  }

  @Test
  void everyTableIsAsItIsMeantToBe() throws Exception {
    golden("get-pods", "get", "pods");
    golden("get-pods-wide", "get", "pods", "-o", "wide", "--show-labels");
    golden("get-pods-all", "get", "pods", "-A", "-L", "env");
    golden("get-namespaces", "get", "namespaces");
    golden("describe-namespace", "describe", "ns", "kube-system");
    golden("get-nodes", "get", "nodes");
    var wide = steady(node.run("get", "nodes", "-o", "wide"));
    Golden.check("get-nodes-wide", wide.replaceFirst("(v1\\.32\\.0).*", "$1  ..."));
    Golden.check("describe-node", ofAnyMachine(node.run("describe", "node")));
    golden("get-several", "get", "pods,namespaces", "-l", "!env", "--show-kind");
    var described = steady(node.run("describe", "pod/counter"));
    // Events of the same second come in any order.
    Golden.check("describe-pod", described.replaceFirst("(?s)\nEvents:.*", "\n"));
    golden("explain", "explain", "pod.spec.containers.livenessProbe");
    node.run(
        "create", "configmap", "colors", "--from-literal=sky=blue", "--from-literal=sea=green");
    node.run("create", "secret", "generic", "login", "--from-literal=user=me");
    golden("get-configmaps-secrets", "get", "configmaps,secrets");
    golden("describe-configmap", "describe", "cm", "colors");
    golden("describe-secret", "describe", "secret", "login");
  }

  /** What one machine has and another one has not. */
  private String ofAnyMachine(String description) {
    return steady(description)
        .replaceAll("(?m)^(CreationTimestamp|  [A-Z][A-Za-z-]+ [A-Za-z ]+): .*", "$1: ...")
        .replaceAll("(?m)^  InternalIP: .*\n", "")
        .replaceAll("(?m)^(  (cpu|memory|ephemeral-storage|hugepages-.*|pods):).*", "$1  N")
        .replaceAll("kubernetes.io/arch=\\S+", "kubernetes.io/arch=ARCH")
        .replaceAll("\\b\\d+%", "N%")
        .replaceAll("(?m)^  hugepages-.*\n", "")
        .replaceAll("-{4,}", "----")
        .replaceFirst("(?s)\nEvents:.*", "\n");
  }

  @Test
  void theTablesOfEventsAreAsTheyAreMeantToBe() throws Exception {
    // Those of the same second come in any order.
    for (var line :
        List.of("events --for pod/echo", "get events --field-selector involvedObject.name=echo")) {
      var said = steady(node.run(line.split(" ")));
      var rows = said.lines().skip(1).sorted().collect(Collectors.joining("\n", "", "\n"));
      var name = line.startsWith("get") ? "get-events" : "events";
      Golden.check(name, said.lines().findFirst().orElseThrow() + "\n" + rows);
    }
  }

  @Test
  void theTablesOfWhatIsUsedAreAsTheyAreMeantToBe() throws Exception {
    Golden.check("top-pods", used("top pods"));
    Golden.check("top-pods-containers", used("top pods -A --containers --sum"));
    Golden.check("top-node", used("top node"));
  }

  private String used(String line) throws Exception {
    return steady(node.run(line.split(" ")).replaceAll("\\b\\d+(m|Mi|%)", "N$1"));
  }

  @Test
  void whatIsWrongIsSaidInOneLine() throws Exception {
    var file = Files.writeString(node.folder().resolve("deployment.yaml"), DEPLOYMENT).toString();
    var said = new StringBuilder();
    for (var line :
        List.of(
            "get pod nope",
            "get nonsense",
            "get",
            "get pods --nonsense",
            "get pods -o nonsense",
            "get pods -l a=b=c",
            "describe pod nope",
            "describe pods/",
            "logs nope",
            "logs counter nope",
            "logs counter -c nope",
            "logs echo -p",
            "exec nope -- true",
            "exec counter -c nope -- true",
            "exec echo true",
            "attach nope",
            "port-forward nope 8080:80",
            "port-forward echo nonsense",
            "cp nope:/etc/passwd x",
            "label pods nope a=b",
            "label pods echo",
            "annotate pods nope a=b",
            "edit pod nope",
            "delete pod nope",
            "delete pods",
            "run echo --image=x",
            "run x",
            "create namespace default",
            "create -f /missing.yaml",
            "create -f " + file,
            "apply -f " + file,
            "top pods nope",
            "top nonsense",
            "wait pod/echo --for=nonsense",
            "wait pod/nope --for=condition=Ready",
            "explain pod.spec.nonsense")) {
      said.append(node.here(1, line.split(" ")));
    }
    Golden.check("pod-errors", said.toString().replace(node.folder() + "/", ""));
    var away = node.run(1, "--socket", "/nowhere/api.sock", "get", "pods");
    assertTrue(away.startsWith("error: cannot reach the daemon at /nowhere/api.sock"), away);
    assertTrue(away.contains("Start it with 'sandjar daemon'"), away);
    assertEquals(1, away.lines().count(), away);
  }

  @Test
  void aFolderOfManifestsIsDoneAsFarAsItGoes() throws Exception {
    var folder = Files.createDirectories(node.folder().resolve("folder"));
    var settings = "{apiVersion: v1, kind: ConfigMap, metadata: {name: NAME}}";
    Files.writeString(folder.resolve("a.yaml"), settings.replace("NAME", "of-yaml"));
    Files.writeString(
        folder.resolve("b.yml"),
        "{apiVersion: v1, kind: Pod, metadata: {name: bad}, spec: {containers: [{name: a}]}}");
    Files.writeString(
        folder.resolve("c.json"),
        settings.replaceAll("[A-Za-z1-]+", "\"$0\"").replace("NAME", "of-json"));
    Files.writeString(folder.resolve("notes.txt"), "not a manifest");
    var refused = "error when applying \"folder/b.yml\": Pod \"bad\" is invalid: ";
    assertEquals(
        "configmap/of-yaml created\n"
            + "Error from server (Invalid): "
            + refused
            + "spec.containers[0].image: Required value\n"
            + "configmap/of-json created\n",
        node.run(1, "apply", "-f", "folder"));
    var again = node.run(1, "create", "-f", "folder");
    for (var part :
        List.of("a.yaml\": configmaps \"of-yaml\" already exists", "c.json\": config")) {
      assertTrue(again.contains("(AlreadyExists): error when creating \"folder/" + part), again);
    }
    assertEquals(
        "configmap \"of-yaml\" deleted\n"
            + "Error from server (NotFound): error when deleting \"folder/b.yml\":"
            + " pods \"bad\" not found\n"
            + "configmap \"of-json\" deleted\n",
        node.run(1, "delete", "-f", "folder"));
    assertEquals(
        "", node.run("delete", "-f", "folder", "--ignore-not-found"), "what is gone is no failure");
  }

  @Test
  void aBareTypeDescribesAllOfIt() throws Exception {
    var described = node.run("describe", "pod");
    var names = Pattern.compile("(?m)^Name: +(\\S+)$").matcher(described).results();
    assertEquals(List.of("counter", "echo"), names.map(name -> name.group(1)).toList(), described);
    assertEquals(steady(described), steady(node.run("describe", "pods")));
  }

  @Test
  void aWatchTellsWhatChanges() throws Exception {
    var watch = node.command("get", "pods", "-w", "-l", "app=watched").start();
    try {
      var lines = watch.inputReader();
      node.apply(Node.pod("watched", "while :; do sleep 1; done"));
      var line = lines.readLine();
      assertTrue(line.matches("NAME +READY +STATUS +RESTARTS +AGE"), line);
      do {
        line = lines.readLine();
        assertTrue(line.matches("watched +\\d/1 +\\S+ +0 +\\S+"), line);
      } while (!line.matches("watched +1/1 +Running .*"));
      node.run("delete", "pod", "watched", "--now");
      while (!line.contains("Terminating")) {
        line = lines.readLine();
      }
    } finally {
      watch.destroy();
      watch.waitFor();
    }
  }

  @Test
  void eventsAreListedOldestFirstAndOfOneObject() throws Exception {
    var events = node.run("events", "--for", "pod/echo");
    assertTrue(events.startsWith("LAST SEEN   TYPE"), events);
    assertTrue(events.contains("Scheduled") && events.contains("Started"), events);
    // Events of the same second come in any order.
    var ages = events.lines().skip(1).map(line -> seconds(line.split(" ")[0])).toList();
    assertEquals(ages.stream().sorted(Comparator.reverseOrder()).toList(), ages, events);
    var chosen = node.run("get", "events", "--field-selector", "involvedObject.name=echo");
    assertTrue(chosen.contains("pod/echo") && !chosen.contains("pod/counter"), chosen);
    assertEquals("No events found in default namespace.\n", node.run("events", "--types=Nonsense"));
  }

  /** Of an age as tables show it: 33s or 2m3s. */
  private static int seconds(String age) {
    var parts = Pattern.compile("(?:(\\d+)m)?(?:(\\d+)s)?").matcher(age);
    assertTrue(parts.matches(), age);
    int minutes = parts.group(1) == null ? 0 : Integer.parseInt(parts.group(1));
    return 60 * minutes + (parts.group(2) == null ? 0 : Integer.parseInt(parts.group(2)));
  }

  @Test
  void selectorsSelectAsKubectls() throws Exception {
    assertEquals("pod/counter\n", names("-l", "env=prod"));
    assertEquals("pod/counter\n", names("-l", "env==prod"));
    assertEquals("pod/counter\n", names("-l", "env"));
    assertEquals("pod/echo\n", names("-l", "!env"));
    assertEquals("pod/echo\n", names("-l", "env!=prod"));
    assertEquals("pod/counter\n", names("-l", "env in (prod,dev)"));
    assertEquals("pod/echo\n", names("-l", "env notin (prod,dev)"));
    assertEquals("pod/counter\n", names("-l", "app=counter,env=prod"));
    assertEquals("pod/echo\n", names("--field-selector", "metadata.name=echo"));
    assertEquals(
        "No resources found in kube-system namespace.\n",
        node.run("-n", "kube-system", "get", "pods"));
  }

  private String names(String... selector) throws Exception {
    var words = new ArrayList<>(List.of("get", "pods", "-o", "name"));
    words.addAll(List.of(selector));
    // Other tests have pods of their own meanwhile, none of them labelled.
    return node.run(words.toArray(String[]::new));
  }

  @Test
  void objectsAreSortedByAPath() throws Exception {
    node.run("create", "namespace", "sorted");
    node.run("-n", "sorted", "create", "configmap", "first", "--from-literal=rank=b");
    node.run("create", "-n", "sorted", "configmap", "second", "--from-literal=rank=a");
    var words = List.of("get", "cm", "first", "second", "-n", "sorted", "--sort-by=.data.rank");
    for (var format : List.of("name", "wide")) {
      var all = new ArrayList<>(words);
      all.addAll(List.of("-o", format));
      var shown = node.run(all.toArray(String[]::new));
      assertTrue(shown.indexOf("second") < shown.indexOf("first"), shown);
    }
    node.run("delete", "namespace", "sorted");
  }

  @Test
  void pathsAndColumnsPickFields() throws Exception {
    assertEquals(
        "app:True\ndb:True\n",
        node.run(
                "get",
                "pod",
                "counter",
                "-o",
                "jsonpath={range .status.containerStatuses[*]}{.name}:{.ready}{\"\\n\"}{end}")
            .replace("true", "True"));
    assertEquals(
        "True",
        node.run(
            "get",
            "pod",
            "echo",
            "-o",
            "jsonpath={.status.conditions[?(@.type==\"Ready\")].status}"));
    assertEquals(
        "NAME      FIRST   NONE\ncounter   app     <none>\n",
        node.run(
            "get",
            "pod",
            "counter",
            "-o",
            "custom-columns=NAME:.metadata.name,FIRST:.spec.containers[0].name,NONE:.spec.nope"));
  }

  @Test
  void logsComeFromOneContainerOrAll() throws Exception {
    assertEquals("hello\n", node.run("logs", "echo"));
    assertEquals("from app\n", node.run("logs", "counter", "app"));
    assertEquals("from db\n", node.run("logs", "counter", "-c", "db"));
    assertEquals("from db\n", node.run("logs", "counter", "-c", "db", "--tail=1", "--since=1h"));
    assertEquals("", node.run("logs", "counter", "-c", "db", "--tail=0"));
    assertEquals("from app\nfrom db\n", node.run("logs", "counter", "--all-containers"));
    assertEquals(
        "[pod/counter/app] from app\n[pod/counter/db] from db\n",
        node.run("logs", "-l", "app=counter", "--all-containers", "--prefix"));
    assertEquals(
        "Defaulted container \"app\" out of: app, db\nfrom app\n", node.run("logs", "counter"));
    assertTrue(node.run("logs", "echo", "--timestamps").matches("\\d{4}-.*Z hello\n"));
    assertTrue(node.run(1, "logs", "echo", "-p").contains("previous terminated container"));
    var follow = node.command("logs", "-f", "echo").start();
    assertEquals("hello", follow.inputReader().readLine());
    follow.destroy();
    follow.waitFor();
  }

  @Test
  void execEndsAsTheCommandInTheContainer() throws Exception {
    assertEquals("echo\n", node.run("exec", "echo", "--", "hostname"));
    // Of two streams nobody knows which is read first.
    var said = node.run(3, "exec", "echo", "--", "sh", "-c", "echo out; echo err >&2; exit 3");
    assertTrue(said.matches("(out\nerr|err\nout)\ncommand terminated with exit code 3\n"), said);
    assertEquals("typed\n", node.shell("echo typed | sandjar exec -i echo -- sh -c 'cat; true'"));
    assertTrue(node.run(1, "exec", "echo", "ls").contains("sandjar exec POD -- COMMAND"));
    assertEquals(
        "600000\n", node.shell("head -c 600000 /dev/zero | sandjar exec -i echo -- wc -c"));
  }

  @Test
  void labelsAndAnnotationsAreSetChangedAndRemoved() throws Exception {
    node.apply(Node.pod("marked", "while :; do sleep 1; done"));
    assertEquals("pod/marked labeled\n", node.here(0, "label", "pods", "marked", "tier=a"));
    assertEquals("pod/marked not labeled\n", node.here(0, "label", "pods", "marked", "tier=a"));
    assertEquals(
        "error: 'tier' already has a value (a), and --overwrite is false\n",
        node.here(1, "label", "pods", "marked", "tier=b"));
    assertEquals(
        "pod/marked labeled\n", node.here(0, "label", "pods", "marked", "tier=b", "--overwrite"));
    assertEquals("pod/marked unlabeled\n", node.here(0, "label", "pods", "marked", "tier-"));
    assertEquals("app=marked\n", node.here(0, "label", "pods", "marked", "--list"));
    assertEquals(
        "node/" + machine + " labeled\n", node.here(0, "label", "node", machine, "gpu=true"));
    assertEquals(
        "node/" + machine + " unlabeled\n", node.here(0, "label", "node", machine, "gpu-"));
    assertEquals("pod/marked annotated\n", node.here(0, "annotate", "pods", "marked", "note=x"));
    assertEquals(
        "error: 'note' already has a value (x), and --overwrite is false\n",
        node.here(1, "annotate", "pods", "marked", "note=y"));
    assertEquals(
        "pod/marked annotated\n",
        node.here(0, "annotate", "pods", "marked", "note=y", "--overwrite"));
    assertEquals("pod/marked annotated\n", node.here(0, "annotate", "pods", "marked", "note-"));
    assertEquals(
        "node/" + machine + " annotated\n", node.here(0, "annotate", "node", machine, "a=b"));
    assertEquals(
        "node/" + machine + " annotated\n", node.here(0, "annotate", "node", machine, "a-"));
    assertEquals("pod \"marked\" deleted\n", node.here(0, "delete", "pod", "marked", "--now"));
  }

  @Test
  void editingSendsWhatWasSavedAndOpensAgainOnAnError() throws Exception {
    node.run("create", "configmap", "edited", "--from-literal=word=first");
    assertEquals(
        "configmap/edited edited\n",
        node.shell("EDITOR='sed -i s/first/second/' sandjar edit cm edited"));
    assertEquals(
        "Edit cancelled, no changes made.\n", node.shell("EDITOR=true sandjar edit cm edited"));
    // The first time it breaks the object; the second time it finds the reason in the file.
    var editor =
        Files.writeString(
            node.folder().resolve("editor"),
            """
            if grep -q '^# configmap/edited was not valid' "$1"
            then sed -i -e '/^bogus/d' -e s/second/third/ "$1"
            else echo 'bogus: 1' >> "$1"
            fi
            """);
    var said = node.shell("EDITOR='sh " + editor + "' sandjar edit cm edited");
    assertTrue(said.contains("configmap/edited is not valid"), said);
    assertTrue(said.endsWith("configmap/edited edited\n"), said);
    assertEquals("third", node.run("get", "cm", "edited", "-o", "jsonpath={.data.word}"));
    node.run("delete", "cm", "edited");
  }

  @Test
  void filesAreCopiedBothWays() throws Exception {
    node.shell(
        """
        mkdir -p tree/deep/$(printf 'd%.0s' $(seq 120))
        head -c 700000 /dev/urandom > tree/deep/random
        echo x > tree/deep/$(printf 'd%.0s' $(seq 120))/leaf
        chmod 750 tree/deep/random
        """);
    node.run("cp", "tree", "echo:/tmp/tree");
    node.run("cp", "echo:/tmp/tree", "back");
    node.shell("diff -r tree back && [ $(stat -c %a back/deep/random) = 750 ]");
    node.run("cp", "tree/deep/random", "default/echo:/tmp");
    assertEquals("700000 /tmp/random\n", node.run("exec", "echo", "--", "wc", "-c", "/tmp/random"));
    node.run("exec", "echo", "--", "ln", "-s", "/etc/passwd", "/tmp/tree/link");
    assertTrue(node.run("cp", "echo:/tmp/tree", "again").contains("skipping link"));
    assertTrue(node.run(1, "cp", "echo:/nope", "x").contains("/nope".substring(1)));
    assertTrue(node.run(1, "cp", "nope", "echo:/tmp").contains("\"nope\" does not exist"));
  }

  @Test
  void severalPortsAreForwardedAtOnce() throws Exception {
    node.apply(
        Node.pod(
            "server",
            "while :; do nc -l -p 3000 -e cat; done &"
                + " while :; do nc -l -p 4000 -e echo other; done"));
    var forward = node.command("port-forward", "pod/server", ":3000", ":4000").start();
    try {
      var lines = forward.inputReader();
      var ports = new ArrayList<Integer>();
      while (ports.size() < 2) {
        var line = lines.readLine();
        if (line.startsWith("Forwarding from 127.0.0.1:")) {
          ports.add(Integer.valueOf(line.replaceAll(".*:(\\d+) -> .*", "$1")));
        }
      }
      // The end of the input reaches the pod, or its cat would not end either.
      node.await(() -> ask(ports.get(0), "question\n"), "question\n"::equals);
      node.await(() -> ask(ports.get(1), ""), "other\n"::equals);
      node.run("delete", "pod", "server", "--now");
      var rest = String.join("\n", lines.lines().toList());
      assertTrue(rest.contains("error: lost connection to pod"), rest);
      assertEquals(1, forward.waitFor());
    } finally {
      forward.destroy();
    }
  }

  private static String ask(int port, String question) throws IOException {
    try (var socket = new java.net.Socket("127.0.0.1", port)) {
      socket.setSoTimeout((int) Node.PATIENCE.toMillis());
      socket.getOutputStream().write(question.getBytes(StandardCharsets.UTF_8));
      socket.shutdownOutput();
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void runMakesAPodOrOnlyShowsIt() throws Exception {
    assertEquals(
        """
        apiVersion: v1
        kind: Pod
        metadata:
          creationTimestamp: null
          labels:
            run: redis
          name: redis
        spec:
          containers:
          - image: redis123
            name: redis
            resources: {}
          dnsPolicy: ClusterFirst
          restartPolicy: Always
        status: {}
        """,
        node.run("run", "redis", "--image=redis123", "--dry-run=client", "-o", "yaml"));
    assertEquals(
        "pod/redis created (dry run)\n", node.run("run", "redis", "--image=redis123", "--dry-run"));
    var once =
        new String[] {
          "run",
          "once",
          "--image=" + Node.IMAGE,
          "-i",
          "--rm",
          "--quiet",
          "--restart=Never",
          "--env=WORD=said",
          "--command",
          "--",
          "sh",
          "-c",
          "cat; echo $WORD; exit 4"
        };
    var said = node.run(4, once);
    assertTrue(said.contains("said\n"), said);
    assertTrue(said.contains("pod default/once terminated (Error)"), said);
    assertTrue(said.contains("pod \"once\" deleted"), said);
  }

  @Test
  void runWithATerminalEndsWithAnInputThatIsNone() throws Exception {
    var run = "sandjar run -it piped --rm -q --restart=Never --image=" + Node.IMAGE + " -- sh";
    var said = node.shell(run + " < /dev/null");
    assertTrue(said.contains("Unable to use a TTY"), said);
    assertTrue(said.endsWith("pod \"piped\" deleted\n"), said);
    said = node.shell("echo 'echo ty''ped; cat' | " + run);
    assertTrue(said.contains("\ntyped"), said);
  }

  @Test
  void whatRunMadeGoesWithItAlsoWhereItIsInterrupted() throws Exception {
    var run = node.command("-v", "run", "-i", "--rm", "waits", "--image=localhost/none:1").start();
    try {
      var said = run.inputReader();
      for (var line = said.readLine(); !line.contains("watch=true"); line = said.readLine()) {
        assertTrue(line.contains("/pods"), line);
      }
      run.destroy();
      assertEquals(128 + 15, run.waitFor());
      node.await(() -> node.here(0, "get", "pods", "-o", "name"), all -> !all.contains("waits"));
    } finally {
      run.destroyForcibly().waitFor();
    }
  }

  @Test
  void waitingEndsWhenItIsSoOrTimeIsUp() throws Exception {
    assertEquals("pod/echo condition met\n", node.run("wait", "--for=condition=Ready", "pod/echo"));
    assertEquals(
        "pod/echo condition met\n",
        node.run("wait", "--for=jsonpath={.status.phase}=Running", "pod/echo"));
    assertEquals(
        "error: timed out waiting for the condition on pods/echo\n",
        node.run(1, "wait", "--for=condition=Nope", "pod/echo", "--timeout=1s"));
    node.apply(Node.pod("leaves", "while :; do sleep 1; done"));
    var waiting = node.command("wait", "--for=delete", "pod/leaves", "--timeout=180s").start();
    node.run("delete", "pod", "leaves", "--now");
    assertEquals(0, waiting.waitFor());
  }

  @Test
  void podsAreDeletedByNameFileLabelAndAll() throws Exception {
    node.run("create", "namespace", "doomed");
    for (var name : List.of("a", "b", "c", "canary", "rest")) {
      node.run("run", name, "-n", "doomed", "--image=localhost/none:1", "--labels=release=" + name);
    }
    assertEquals(
        "pod \"a\" deleted\npod \"b\" deleted\npod \"c\" deleted\n",
        node.run("delete", "pods", "a", "b", "c", "-n", "doomed", "--now"));
    assertEquals(
        "pod \"canary\" deleted\n",
        node.run("delete", "pods", "-l", "release=canary", "-n", "doomed", "--now"));
    assertTrue(
        node.run("delete", "all", "--all", "-n", "doomed", "--force")
            .endsWith("pod \"rest\" force deleted\n"));
    assertEquals("No resources found\n", node.run("delete", "pods", "--all", "-n", "doomed"));
    var file = Files.writeString(node.folder().resolve("f.yaml"), Node.pod("filed", "sleep 1000"));
    assertEquals("pod/filed created\n", node.run("create", "-f", file.toString(), "-n", "doomed"));
    assertEquals(
        "pod \"filed\" deleted\n",
        node.run("delete", "-f", file.toString(), "-n", "doomed", "--now"));
    assertEquals(
        "Error from server (NotFound): pods \"filed\" not found\n",
        node.run(1, "delete", "pod", "filed", "-n", "doomed"));
    assertEquals("namespace \"doomed\" deleted\n", node.run("delete", "namespace", "doomed"));
  }

  @Test
  void requestsAreToldOnDemand() throws Exception {
    var said = node.run("get", "pods", "-v=6", "-o", "name");
    assertTrue(said.contains("GET /api/v1/namespaces/default/pods: 200 in "), said);
  }

  /** The lines that have looked the same in every kubectl since 1.20. */
  @Test
  void kubectlPrintsTheSame() throws Exception {
    var kubectl = kubectl();
    for (var line :
        List.of(
            "get pods -l app=echo",
            "get pods -l app=counter -o wide",
            "get pod/echo -o name",
            "get pod echo -o jsonpath={.metadata.labels}",
            "get pods -l env -o custom-columns=NAME:.metadata.name,IP:.status.podIP",
            "get namespaces -o name",
            "get pods --namespace kube-system",
            "get namespaces",
            "get pods -l !env,app",
            "get pods -l env!=prod,app=echo",
            "get pods -l app=pc,rel=beta",
            "describe pod counter",
            "describe pod echo",
            "describe ns kube-system",
            "run redis --image=redis123 --dry-run=client -o yaml",
            "create namespace custom --dry-run=client -o yaml",
            "label pods nope a=b",
            "logs echo",
            "exec nope -- true",
            "describe pod nope",
            "top pods nope",
            "get pod nope",
            "logs counter app",
            "logs counter -c db",
            "exec echo -- hostname",
            "exec echo -- false",
            "wait --for=condition=Ready pod/echo",
            "delete pod nope",
            "delete pods -l a=nope")) {
      var words = line.split(" ");
      var command =
          new ArrayList<>(List.of(kubectl.toString(), "--kubeconfig=" + node.kubeconfig()));
      command.addAll(List.of(words));
      var theirs = node.prepared(new ProcessBuilder(command)).start();
      var said = new String(theirs.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertEquals(compared(said), compared(node.here(theirs.waitFor(), words)), line);
    }
  }

  /** But for events, since those of the same second come in any order. */
  private String compared(String said) {
    return steady(said).replaceFirst("(?s)\nEvents:.*", "\n");
  }

  /** That on the path, or Debian's as scripts/test unpacks it. */
  static Path kubectl() {
    return Stream.concat(
            Stream.of(System.getenv("PATH").split(":")).map(folder -> Path.of(folder, "kubectl")),
            Stream.of(Lab.checkout().resolve("target/debian/kubernetes-client/usr/bin/kubectl")))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no kubectl: scripts/test brings Debian's"));
  }
}
