package io.sandjar.runtime.cri;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sandjar.runtime.api.DamagedTree;
import io.sandjar.runtime.api.FuzzDocuments;
import io.sandjar.runtime.api.NoCause;
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
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever is asked of the HTTP API and sent on streams, the node answers, says what is wrong, and
 * stays whole. A build draws the same each time, so that it fails for what was changed; {@code
 * -Dsandjar.fuzz.seed} draws something else, as {@code scripts/nightly} does.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class HttpFuzzIT {
  private static final long SEED = Long.getLong("sandjar.fuzz.seed", 1);
  private static final long SECONDS = Long.getLong("sandjar.fuzz.seconds", 0);

  /** Where no time is given: a build draws the same each time, on any machine. */
  private static final int ROUNDS = 800;

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

  /**
   * Objects and images that it took, and the logs of sandboxes, are not asked back; nor is what all
   * pods of the API lie in.
   */
  private static final Pattern MAY_STAY =
      Pattern.compile(
          "file root/(objects|image|logs)(/.*)?|file root/pods|cgroup pods(/besteffort)?");

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
          "ports=80,x&ports=",
          "sinceTime=yesterday",
          "gracePeriodSeconds=-5",
          "command=a&command=&stdin=1",
          "name=127.0.0.1%3A1%2Fnone",
          "%zz",
          "a=%00");

  @TempDir private static Path folder;
  private static CriNode node;

  /** A daemon that says where it forgets a buffer. */
  @BeforeAll
  static void start() throws IOException {
    node =
        CriNode.start(
            folder, Map.of("JAVA_TOOL_OPTIONS", "-Dio.netty.leakDetection.level=paranoid"));
  }

  @AfterAll
  static void close() throws IOException {
    if (node != null) {
      node.close();
    }
  }

  /** Before the requests, which leave pods that are tried to run again and again. */
  @Test
  @Order(1)
  @Timeout(600)
  void noBytesOnAStreamBreakItOrLeaveAnything() throws Exception {
    Audit audit = new Audit();
    try (StreamFuzz fuzz = StreamFuzz.start(node, SEED)) {
      fuzz.run(SECONDS);
    }
    audit.expectNothingNew();
    String log = node.daemonLog();
    for (String mistake : List.of("LEAK", "exceptionCaught", "NullPointer", "upgrading")) {
      assertFalse(log.contains(mistake), () -> "seed " + SEED + ": " + log);
    }
  }

  @Test
  @Order(2)
  @Timeout(600)
  void noRequestBreaksTheApiOrLeavesAnything() throws Exception {
    PlainHttp http = PlainHttp.on(folder.resolve("run/api.sock"));
    Audit audit = new Audit();
    assertTrue(bombard(http, node) > 0, "nothing was answered well: the fuzz reaches nothing");
    assertEquals(200, http.get("/api/v1/pods", "Host: sandjar").status());
    assertEquals(200, http.get("/healthz", "Host: sandjar").status());
    node.removeAllPods();
    audit.expectNothingNew();
  }

  /** What the daemon has on the machine after a pod. */
  private static final class Audit {
    private final Footprint footprint = Footprint.of(node);
    private final Set<String> empty;
    private final Map<String, Integer> descriptors;

    Audit() throws IOException, InterruptedException {
      String pod = node.run(node.pod("first"));
      node.create(pod, node.container("first", "true"));
      node.removePod(pod);
      empty = footprint.look();
      descriptors = Descriptors.atRest(node.daemonPid());
    }

    void expectNothingNew() throws IOException, InterruptedException {
      footprint.awaitSame(empty, MAY_STAY.asMatchPredicate());
      Descriptors.await(node.daemonPid(), descriptors);
    }
  }

  /** How many requests were answered well. */
  private static int bombard(PlainHttp http, CriNode node) throws IOException {
    Random random = new Random(SEED);
    DamagedTree damaged = new DamagedTree(random);
    List<Object> documents = new ArrayList<>(FuzzDocuments.ALL);
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
    if (broken || answer.status() >= 400 && NoCause.in(answer.body())) {
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
