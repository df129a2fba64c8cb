package io.sandjar.runtime.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sandjar.runtime.api.DamagedTree;
import io.sandjar.runtime.api.PlainHttp;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
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
  private static final int ROUNDS = 2000;

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

  private static final List<String> BASES =
      List.of(
          "/api/v1/namespaces",
          "/api/v1/namespaces/default",
          "/api/v1/namespaces/default/pods",
          "/api/v1/namespaces/default/pods/a",
          "/api/v1/namespaces/default/pods/a/status",
          "/api/v1/namespaces/default/pods/a/log",
          "/api/v1/namespaces/default/pods/a/ephemeralcontainers",
          "/api/v1/namespaces/default/pods/a/exec",
          "/api/v1/namespaces/default/pods/a/portforward",
          "/api/v1/namespaces/default/configmaps",
          "/api/v1/namespaces/default/configmaps/a",
          "/api/v1/namespaces/default/secrets",
          "/api/v1/namespaces/default/secrets/a",
          "/api/v1/namespaces/default/events",
          "/api/v1/nodes",
          "/api/v1/pods",
          "/api/v1",
          "/api",
          "/apis",
          "/openapi/v2",
          "/openapi/v3",
          "/version",
          "/metrics",
          "/apis/sandjar.io/v1/images",
          "/apis/sandjar.io/v1/images/a:b",
          "/apis/sandjar.io/v1/images/pull",
          "/apis/sandjar.io/v1/images/load",
          "/apis/sandjar.io/v1/images/import",
          "/apis/sandjar.io/v1/images/save",
          "/apis/sandjar.io/v1/network/status",
          "/apis/sandjar.io/v1/network/routes",
          "/apis/sandjar.io/v1/network/pods",
          "/apis/sandjar.io/v1/sandboxes/none",
          "/apis/sandjar.io/v1/sandboxes/none/containers",
          "/apis/sandjar.io/v1/containers",
          "/apis/sandjar.io/v1/containers/none/exec");

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
          Map.of("image", "127.0.0.1:1/none"));

  @TempDir private Path folder;

  @Test
  @Timeout(180)
  void noRequestBreaksTheApi() throws Exception {
    try (var daemon = DaemonProcess.start(folder)) {
      var http = PlainHttp.on(daemon.httpSocket());
      var random = new Random(SEED);
      var damaged = new DamagedTree(random);
      int taken = 0;
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
      for (int round = 0; SECONDS > 0 ? System.nanoTime() < end : round < ROUNDS; round++) {
        if (ask(http, random, damaged, round)) {
          taken++;
        }
      }
      assertTrue(taken > 0, "nothing was answered well: the fuzz reaches nothing");
      assertEquals(200, http.get("/api/v1/pods", "Host: sandjar").status());
      assertEquals(200, http.get("/healthz", "Host: sandjar").status());
      assertEquals(0, daemon.terminate());
    }
  }

  /** Whether it was answered well. */
  private static boolean ask(PlainHttp http, Random random, DamagedTree damaged, int round)
      throws IOException {
    String method = pick(METHODS, random);
    String path = pick(BASES, random);
    if (random.nextInt(3) == 0) {
      path += "?" + pick(QUERIES, random);
    }
    String body = body(random, damaged);
    var answer =
        http.send(method, path, body, "Host: sandjar", "Content-Type: " + pick(TYPES, random));
    boolean broken = answer.status() == 500 || answer.status() == 502;
    if (broken || answer.status() >= 400 && NO_CAUSE.matcher(answer.body()).find()) {
      fail(
          "seed %d, round %d: %s %s answers %d %s to %s"
              .formatted(SEED, round, method, path, answer.status(), answer.body(), body));
    }
    return answer.status() < 300;
  }

  private static String body(Random random, DamagedTree damaged) throws IOException {
    Object document = pick(DOCUMENTS, random);
    String text = JSON.std.asString(random.nextInt(4) == 0 ? document : damaged.of(document));
    return random.nextInt(8) == 0 ? text.substring(0, random.nextInt(text.length() + 1)) : text;
  }

  private static <T> T pick(List<T> of, Random random) {
    return of.get(random.nextInt(of.size()));
  }
}
