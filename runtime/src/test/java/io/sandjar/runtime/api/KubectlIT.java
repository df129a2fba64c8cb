package io.sandjar.runtime.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.runtime.pod.schema.Trees;
import io.sandjar.runtime.pod.store.ObjectKey;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Stock kubectl, Debian's and whatever else is on the machine, against the API. */
class KubectlIT {
  private static final String ECHO =
      """
      apiVersion: v1
      kind: Pod
      metadata: {name: echo, labels: {app: echo}}
      spec:
        containers:
        - {name: web, image: "nginx:1.14.2", ports: [{containerPort: 80}]}
      """;

  @TempDir private Path folder;
  private ApiServer server;

  static List<Path> kubectls() {
    return Kubectl.all();
  }

  @BeforeEach
  void start() throws Exception {
    server = new ApiServer(folder.resolve("objects"));
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @ParameterizedTest
  @MethodSource("kubectls")
  void aPodIsAppliedShownLabelledAndDeleted(Path kubectl) throws Exception {
    Path manifest = Files.writeString(folder.resolve("echo.yaml"), ECHO);
    assertEquals("pod/echo created\n", run(kubectl, "apply", "-f", manifest.toString()));
    assertEquals("pod/echo unchanged\n", run(kubectl, "apply", "-f", manifest.toString()));
    assertTrue(
        run(kubectl, "get", "pods")
            .matches("NAME +READY +STATUS +RESTARTS +AGE\necho +0/1 +Pending +0 +\\d+s\n"));
    assertTrue(run(kubectl, "get", "all", "-A").contains("echo"));
    run(kubectl, "label", "pod", "echo", "env=prod");
    assertEquals(
        "pod/echo\n", run(kubectl, "get", "pods", "-l", "env in (prod,dev)", "-o", "name"));
    assertEquals("", run(kubectl, "get", "pods", "-l", "env!=prod", "-o", "name"));
    run(kubectl, "label", "pod", "echo", "env-");
    assertEquals("pod/echo\n", run(kubectl, "get", "pods", "-l", "!env", "-o", "name"));
    assertTrue(run(kubectl, "describe", "pod", "echo").contains("Image:        nginx:1.14.2"));
    run(kubectl, "set", "image", "pod/echo", "web=nginx:2");
    assertEquals(
        "nginx:2",
        run(kubectl, "get", "pod", "echo", "-o", "jsonpath={.spec.containers[0].image}"));
    run(kubectl, "delete", "pod", "echo", "--force", "--grace-period=0");
    assertEquals("", run(kubectl, "get", "pods", "-o", "name"));
  }

  @ParameterizedTest
  @MethodSource("kubectls")
  void settingsAreCreatedFromTheCommandLine(Path kubectl) throws Exception {
    run(kubectl, "create", "namespace", "custom");
    assertEquals(
        "namespace/custom\n",
        run(kubectl, "get", "ns", "-l", "kubernetes.io/metadata.name=custom", "-o", "name"));
    run(kubectl, "create", "configmap", "cm", "--from-literal=a=b", "-n", "custom");
    run(kubectl, "create", "secret", "generic", "s", "--from-literal=p=q", "-n", "custom");
    assertEquals(
        "q",
        run(
            kubectl,
            "get",
            "secret",
            "s",
            "-n",
            "custom",
            "-o",
            "go-template={{.data.p|base64decode}}"));
    var configMap = server.store().get(new ObjectKey("ConfigMap", "custom", "cm"));
    assertEquals("b", Trees.object(configMap, "data").get("a"));
    run(kubectl, "delete", "namespace", "custom", "--wait=false");
    assertTrue(run(kubectl, "get", "ns", "custom").contains("Terminating"));
  }

  @ParameterizedTest
  @MethodSource("kubectls")
  void refusalsReadAsTheApiServers(Path kubectl) throws Exception {
    Path manifest = Files.writeString(folder.resolve("echo.yaml"), ECHO);
    run(kubectl, "create", "-f", manifest.toString());
    assertTrue(refused(kubectl, "create", "-f", manifest.toString()).contains("(AlreadyExists)"));
    assertEquals(
        "Error from server (NotFound): pods \"nope\" not found\n",
        refused(kubectl, "get", "pod", "nope"));
    Path typo = Files.writeString(folder.resolve("typo.yaml"), ECHO.replace("ports", "prots"));
    assertTrue(refused(kubectl, "create", "-f", typo.toString()).contains("unknown field"));
    assertTrue(
        refused(
                kubectl,
                "patch",
                "pod",
                "echo",
                "-p",
                "{\"spec\":{\"containers\":[{\"name\":\"web\",\"command\":[\"x\"]}]}}")
            .contains("pod updates may not change fields"));
    assertTrue(
        refused(
                kubectl,
                "patch",
                "pod",
                "echo",
                "--type=json",
                "-p",
                "[{\"op\":\"test\",\"path\":\"/metadata/name\",\"value\":\"x\"}]")
            .contains("The request is invalid"));
    assertTrue(
        refused(kubectl, "delete", "ns", "default")
            .contains("namespaces \"default\" is forbidden: this namespace may not be deleted"));
    assertTrue(
        refused(kubectl, "get", "pods", "--field-selector=foo=bar")
            .contains("field label not supported: foo"));
  }

  @ParameterizedTest
  @MethodSource("kubectls")
  void aWatchShowsWhatHappens(Path kubectl) throws Exception {
    Process watch = kubectl(kubectl).start("get", "pods", "-w", "--no-headers");
    try (var lines = watch.inputReader()) {
      run(kubectl, "run", "one", "--image=x:1");
      assertTrue(lines.readLine().startsWith("one "));
      run(kubectl, "run", "two", "--image=x:1");
      assertTrue(lines.readLine().startsWith("two "));
    } finally {
      watch.destroy();
      watch.waitFor(60, TimeUnit.SECONDS);
    }
  }

  @ParameterizedTest
  @MethodSource("kubectls")
  void theSchemaIsExplained(Path kubectl) throws Exception {
    assertTrue(
        run(kubectl, "explain", "pod.spec.containers.livenessProbe")
            .contains("When it fails, the container is restarted."));
    assertTrue(run(kubectl, "api-resources").contains("configmaps"));
    assertTrue(run(kubectl, "version").contains("Server Version"));
  }

  @ParameterizedTest
  @MethodSource("kubectls")
  void aDryRunChangesNothing(Path kubectl) throws Exception {
    assertTrue(
        run(kubectl, "run", "redis", "--image=redis:7", "--dry-run=client", "-o", "yaml")
            .contains("run: redis"));
    run(kubectl, "run", "redis", "--image=redis:7", "--dry-run=server");
    assertFalse(run(kubectl, "get", "pods", "-o", "name").contains("redis"));
    run(kubectl, "run", "redis", "--image=redis:7");
    String before = run(kubectl, "get", "pod", "redis", "-o", "yaml");
    run(kubectl, "label", "pod", "redis", "a=b", "--dry-run=server");
    run(
        kubectl,
        "patch",
        "pod",
        "redis",
        "--dry-run=server",
        "-p",
        "{\"metadata\":{\"labels\":{}}}");
    run(kubectl, "set", "image", "pod/redis", "redis=redis:8", "--dry-run=server");
    assertEquals(
        "pod \"redis\" deleted (server dry run)\n",
        run(kubectl, "delete", "pod", "redis", "--dry-run=server"));
    assertEquals(before, run(kubectl, "get", "pod", "redis", "-o", "yaml"));
  }

  @ParameterizedTest
  @MethodSource("kubectls")
  void whoAppliesOnTheServerOwnsItsFields(Path kubectl) throws Exception {
    String file = Files.writeString(folder.resolve("echo.yaml"), ECHO).toString();
    run(kubectl, "create", "-f", file);
    Files.writeString(folder.resolve("echo.yaml"), ECHO.replace("1.14.2", "1.15"));
    String conflict = refused(kubectl, "apply", "--server-side", "-f", file);
    assertTrue(
        conflict.contains(
            "Apply failed with 1 conflict: conflict with \"kubectl-create\" using v1:"
                + " .spec.containers[name=\"web\"].image"),
        conflict);
    assertEquals(
        "pod/echo serverside-applied\n",
        run(kubectl, "apply", "--server-side", "--force-conflicts", "-f", file));
    assertEquals(
        "pod/echo serverside-applied\n", run(kubectl, "apply", "--server-side", "-f", file));
    String image = "jsonpath={.spec.containers[0].image} {.metadata.managedFields[*].manager}";
    assertEquals("nginx:1.15 kubectl-create kubectl", run(kubectl, "get", "pod/echo", "-o", image));
    Files.writeString(folder.resolve("echo.yaml"), ECHO);
    assertTrue(
        refused(
                kubectl,
                "apply",
                "--server-side",
                "--field-manager=somebody",
                "--dry-run=server",
                "-f",
                file)
            .contains("conflict with \"kubectl\": .spec.containers"));
    run(kubectl, "apply", "--server-side", "--dry-run=server", "-f", file);
    assertEquals("nginx:1.15 kubectl-create kubectl", run(kubectl, "get", "pod/echo", "-o", image));
  }

  @ParameterizedTest
  @MethodSource("kubectls")
  void severalObjectsComeInOneFileAndGoInPages(Path kubectl) throws Exception {
    String file =
        Files.writeString(
                folder.resolve("many.yaml"),
                """
                apiVersion: v1
                kind: List
                items:
                - {apiVersion: v1, kind: ConfigMap, metadata: {name: one}, data: {a: "1"}}
                - {apiVersion: v1, kind: ConfigMap, metadata: {name: two}}
                - {apiVersion: v1, kind: Secret, metadata: {name: three}, stringData: {a: "1"}}
                ---
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: four}
                """)
            .toString();
    assertEquals(
        """
        configmap/one created
        configmap/two created
        secret/three created
        configmap/four created
        """,
        run(kubectl, "apply", "-f", file));
    assertTrue(run(kubectl, "diff", "-f", file).isEmpty());
    assertEquals(
        "configmap/four\nconfigmap/one\nconfigmap/two\n",
        run(kubectl, "get", "cm", "--chunk-size=1", "-o", "name"));
    assertEquals(4, run(kubectl, "get", "cm", "--chunk-size=2").lines().count());
    Path bytes = Files.write(folder.resolve("bytes"), new byte[] {(byte) 0xff, 0, 1});
    run(kubectl, "create", "cm", "binary", "--from-file=" + bytes);
    assertEquals("/wAB", run(kubectl, "get", "cm", "binary", "-o", "jsonpath={.binaryData.bytes}"));
    assertEquals(4, run(kubectl, "delete", "-f", file).lines().count());
    assertEquals("configmap/binary\n", run(kubectl, "get", "cm,secrets", "-o", "name"));
  }

  private Kubectl kubectl(Path binary) {
    return new Kubectl(binary, folder, "--server", server.url());
  }

  private String run(Path kubectl, String... args) throws Exception {
    return kubectl(kubectl).run(args);
  }

  private String refused(Path kubectl, String... args) throws Exception {
    return kubectl(kubectl).refused(args);
  }
}
