package io.sandjar.runtime.cri;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sandjar.runtime.api.DamagedTree;
import io.sandjar.runtime.api.PlainHttp;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever is asked of the HTTP API, it answers, says what is wrong, and stays whole. A build draws
 * the same each time, so that it fails for what was changed; {@code -Dsandjar.fuzz.seed} draws
 * something else, as {@code scripts/nightly} does.
 */
class HttpFuzzIT {
  private static final long SEED = Long.getLong("sandjar.fuzz.seed", 1);
  private static final long SECONDS = Long.getLong("sandjar.fuzz.seconds", 0);

  /** Where no time is given: a build draws the same each time, on any machine. */
  private static final int ROUNDS = 800;

  /** What the JDK says of a mistake in the program, which is no cause that a client can mend. */
  private static final Pattern NO_CAUSE =
      Pattern.compile(
          "\\b(java|io)\\.[a-z]+\\.|Cannot invoke|out of bounds|cannot be cast|For input string"
              + "|No value present|No enum constant|\"message\":\"(null)?\"|Index: ");

  private static final List<String> METHODS =
      List.of("GET", "GET", "POST", "POST", "PUT", "PATCH", "PATCH", "DELETE", "HEAD", "BREW");

  private static final List<String> TYPES =
      List.of(
          "application/json",
          "application/yaml",
          "application/merge-patch+json",
          "application/json-patch+json",
          "application/strategic-merge-patch+json",
          "application/apply-patch+yaml",
          "text/plain",
          "/");

  /** What stands in the paths: what the documents are called, and what nothing is called. */
  private static final List<String> NAMES =
      List.of("a", "a", "a", "none", "a:b", "..", "%2e%2e%2fa", "%00", "%zz", "x".repeat(300));

  private static final List<String> NAMESPACES =
      List.of("default", "default", "default", "default", "none", "%2f");

  private static final Pattern PARAMETER = Pattern.compile("\\{(\\w+)(?:\\.\\.\\.)?}");

  private static final List<String> QUERIES =
      List.of(
          "watch=true&timeoutSeconds=1",
          "watch=true&timeoutSeconds=1&resourceVersion=99999999",
          "watch=maybe&timeoutSeconds=1",
          "limit=-1",
          "limit=1&continue=x",
          "labelSelector=a%20in%20(",
          "labelSelector=%3D%3D",
          "fieldSelector=spec.nope%3D1",
          "dryRun=All",
          "dryRun=Some",
          "fieldValidation=Strict",
          "fieldValidation=Often",
          "fieldManager=" + "x".repeat(200),
          "force=true&fieldManager=m",
          "tailLines=-1&container=none",
          "sinceTime=yesterday",
          "gracePeriodSeconds=-5",
          "command=a&command=&stdin=1",
          "name=127.0.0.1%3A1%2Fnone",
          "%zz",
          "a=%00");

  private static final List<Object> DOCUMENTS =
      List.of(
          Map.of(
              "apiVersion",
              "v1",
              "kind",
              "Pod",
              "metadata",
              Map.of("name", "a", "labels", Map.of("app", "a")),
              "spec",
              Map.of(
                  "nodeSelector",
                  Map.of("never", "matches"),
                  "volumes",
                  List.of(Map.of("name", "v", "emptyDir", Map.of("sizeLimit", "1Mi"))),
                  "containers",
                  List.of(
                      Map.of(
                          "name", "c",
                          "image", "127.0.0.1:1/none",
                          "command", List.of("true"),
                          "ports", List.of(Map.of("containerPort", 80)),
                          "env", List.of(Map.of("name", "A", "value", "b")),
                          "livenessProbe", Map.of("httpGet", Map.of("port", 80)),
                          "resources", Map.of("limits", Map.of("memory", "1Gi")),
                          "volumeMounts", List.of(Map.of("name", "v", "mountPath", "/v")))))),
          Map.of(
              "apiVersion",
              "v1",
              "kind",
              "ConfigMap",
              "metadata",
              Map.of("name", "a", "annotations", Map.of("x", "y")),
              "data",
              Map.of("k", "v")),
          Map.of(
              "apiVersion",
              "v1",
              "kind",
              "Secret",
              "metadata",
              Map.of("name", "a"),
              "data",
              Map.of("k", "dg==")),
          Map.of("apiVersion", "v1", "kind", "Namespace", "metadata", Map.of("name", "a")),
          List.of(Map.of("op", "replace", "path", "/metadata/labels/app", "value", "b")),
          Map.of("podCIDR", "10.1.2.0/24", "node", "n", "via", "127.0.0.2"),
          Map.of("image", "127.0.0.1:1/none"),
          Map.of(
              "metadata",
              Map.of("name", "a"),
              "hostname",
              "h",
              "labels",
              Map.of("a", "b"),
              "linux",
              Map.of("sysctls", Map.of("kernel.shm_rmid_forced", "1"))));

  @TempDir private Path folder;

  @Test
  @Timeout(600)
  void noRequestBreaksTheApiOrLeavesAnything() throws Exception {
    try (CriNode node = CriNode.start(folder)) {
      PlainHttp http = PlainHttp.on(folder.resolve("run/api.sock"));
      Footprint footprint = Footprint.of(node);
      String pod = node.run(node.pod("first"));
      node.create(pod, node.container("first", "true"));
      node.removePod(pod);
      Set<String> empty = footprint.look();
      Map<String, Integer> descriptors = Footprint.descriptors(node.daemonPid());
      assertTrue(bombard(http, node) > 0, "nothing was answered well: the fuzz reaches nothing");
      assertEquals(200, http.get("/api/v1/pods", "Host: sandjar").status());
      assertEquals(200, http.get("/healthz", "Host: sandjar").status());
      node.removeAllPods();
      // Objects and images that it took, and the logs of sandboxes, are not asked back.
      footprint.awaitSame(empty, thing -> thing.matches("file root/(objects|image|logs)(/.*)?"));
      Footprint.awaitDescriptors(node.daemonPid(), descriptors);
    }
  }

  /** How many requests were answered well. */
  private static int bombard(PlainHttp http, CriNode node) throws IOException {
    Random random = new Random(SEED);
    DamagedTree damaged = new DamagedTree(random);
    List<Object> documents = new ArrayList<>(DOCUMENTS);
    documents.add(
        Map.of(
            "metadata",
            Map.of("name", "a"),
            "image",
            Map.of("image", node.image()),
            "command",
            List.of("sleep", "1000"),
            "envs",
            List.of(Map.of("key", "A", "value", "b"))));
    List<String> paths = paths(http);
    int taken = 0;
    int round = 0;
    // Each of all that there is once by each method, in another order than they are told in.
    List<String[]> all = new ArrayList<>();
    for (String path : paths) {
      new TreeSet<>(METHODS).forEach(method -> all.add(new String[] {method, path}));
    }
    Collections.shuffle(all, random);
    for (String[] each : all) {
      taken += ask(http, each[0], each[1], random, body(documents, random, damaged), round++);
    }
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    for (int more = 0; SECONDS > 0 ? System.nanoTime() < end : more < ROUNDS; more++) {
      String method = pick(METHODS, random);
      String path = pick(paths, random);
      taken += ask(http, method, path, random, body(documents, random, damaged), round++);
    }
    return taken;
  }

  /** What the daemon itself says that it serves, so that nothing new is forgotten here. */
  private static List<String> paths(PlainHttp http) throws IOException {
    var answer = http.get("/", "Host: sandjar");
    assertEquals(200, answer.status(), answer.body());
    List<String> paths = new ArrayList<>();
    for (Object path : (List<?>) JSON.std.mapFrom(answer.body()).get("paths")) {
      paths.add((String) path);
    }
    for (String known :
        List.of(
            "/api/v1/namespaces/{namespace}/pods/{name}/exec",
            "/apis/sandjar.io/v1/images/load",
            "/apis/sandjar.io/v1/network/routes",
            "/metrics")) {
      assertTrue(paths.contains(known), () -> known + " is not in " + paths);
    }
    return paths;
  }

  private static String filled(String pattern, Random random) {
    return PARAMETER
        .matcher(pattern)
        .replaceAll(
            parameter -> pick(parameter.group(1).equals("namespace") ? NAMESPACES : NAMES, random));
  }

  /** How many were answered well. */
  private static int ask(
      PlainHttp http, String method, String pattern, Random random, String body, int round)
      throws IOException {
    String path = filled(pattern, random);
    if (random.nextInt(3) == 0) {
      path += "?" + pick(QUERIES, random);
    }
    var answer =
        http.send(method, path, body, "Host: sandjar", "Content-Type: " + pick(TYPES, random));
    boolean broken = answer.status() == 500 || answer.status() == 502;
    if (broken || answer.status() >= 400 && NO_CAUSE.matcher(answer.body()).find()) {
      fail(
          "seed %d, round %d: %s %s answers %d %s to %s"
              .formatted(SEED, round, method, path, answer.status(), answer.body(), body));
    }
    return answer.status() < 300 ? 1 : 0;
  }

  private static String body(List<Object> documents, Random random, DamagedTree damaged)
      throws IOException {
    Object document = pick(documents, random);
    String text = JSON.std.asString(random.nextInt(4) == 0 ? document : damaged.of(document));
    return random.nextInt(8) == 0 ? text.substring(0, random.nextInt(text.length() + 1)) : text;
  }

  private static <T> T pick(List<T> of, Random random) {
    return of.get(random.nextInt(of.size()));
  }
}
