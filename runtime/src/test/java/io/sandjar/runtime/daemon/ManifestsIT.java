package io.sandjar.runtime.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.runtime.image.fixture.LocalRegistry;
import io.sandjar.runtime.image.fixture.ServerImages;
import io.sandjar.runtime.image.fixture.WorkFolder;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/**
 * The pods of every tutorial, applied as they stand. Their images come through mirrors: the servers
 * are Debian's, everything else is busybox.
 */
@TestInstance(Lifecycle.PER_CLASS)
class ManifestsIT {
  private final WorkFolder temp = new WorkFolder();
  private final Path folder = temp.path();
  private LocalRegistry servers;
  private TestNode node;

  @BeforeAll
  void start() throws Exception {
    servers = LocalRegistry.open(folder.resolve("servers"));
    ServerImages.push(folder.resolve("images"), servers);
    Path mirrors = folder.resolve("certs.d");
    Path ofDockerHub = Files.createDirectories(mirrors.resolve("docker.io"));
    node = TestNode.start(folder, "image: {registryConfig: " + mirrors + "}");
    // Who has no such image is passed over for the next one.
    Files.writeString(
        ofDockerHub.resolve("hosts.toml"),
        """
        server = "http://%2$s"
        [host."http://%1$s"]
        capabilities = ["pull", "resolve"]
        [host."http://%2$s"]
        capabilities = ["pull", "resolve"]
        """
            .formatted(servers.host(), node.registry().host()));
    node.registry()
        .serve(
            "library/echo",
            "sh",
            "-c",
            "mkdir -p /www; echo hello > /www/index.html; httpd -f -p 5678 -h /www");
  }

  @AfterAll
  void stop() throws Exception {
    try {
      node.stop();
    } finally {
      servers.close();
      temp.close();
    }
  }

  @Test
  void aSingleEchoPod() throws Exception {
    node.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata:
          name: echo
          labels:
            app: echo
        spec:
          containers:
          - name: echo
            image: echo
            ports:
            - containerPort: 5678
        """);
    node.await("pod/echo", TestNode.READY, "True");
    node.await(() -> get("echo", 5678), "hello\n"::equals);
  }

  @Test
  void aCounterBesideRedisTalksToItOverLocalhost() throws Exception {
    node.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata:
          name: counter
        spec:
          containers:
          - name: redis
            image: redis
          - name: counter
            image: redis
            env:
            - name: REDIS_HOST
              value: localhost
            command: ["sh", "-c", "while :; do redis-cli -h $REDIS_HOST incr visits; sleep 1; done"]
        """);
    node.await(() -> node.run("logs", "counter", "-c", "counter"), log -> log.contains("1\n2\n"));
  }

  @Test
  void databasesTakeTheirPasswordsFromTheEnvironment() throws Exception {
    node.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata:
          name: mariadb
        spec:
          containers:
          - name: mariadb
            image: mariadb
            env:
            - name: MARIADB_ROOT_PASSWORD
              value: "1234"
            ports:
            - containerPort: 3306
            readinessProbe:
              tcpSocket:
                port: 3306
              periodSeconds: 1
        """,
        """
        apiVersion: v1
        kind: Pod
        metadata:
          name: redis
        spec:
          containers:
          - name: redis
            image: redis
            env:
            - name: REDIS_PASSWORD
              value: "5678"
            readinessProbe:
              exec:
                command: ["sh", "-c", "redis-cli -a $REDIS_PASSWORD ping | grep PONG"]
              periodSeconds: 1
        """);
    node.await("pod/mariadb", TestNode.READY, "True");
    node.await("pod/redis", TestNode.READY, "True");
    String host = node.jsonpath("pod/mariadb", "{.status.podIP}");
    String[] query = {"exec", "redis", "--", "mariadb", "-h" + host, "-uroot", "-Ne", "SELECT 6*7"};
    assertEquals("42\n", node.run(with(query, 5, "-p1234")));
    String refusal = node.refused(with(query, 5, "-pwrong"));
    assertTrue(refusal.contains("Access denied for user 'root'"), refusal);
    String[] ping = {"exec", "mariadb", "--", "redis-cli", "-h"};
    String store = node.jsonpath("pod/redis", "{.status.podIP}");
    assertTrue(node.run(with(ping, 5, store, "ping")).contains("NOAUTH"));
    assertTrue(node.run(with(ping, 5, store, "-a", "5678", "ping")).contains("PONG"));
  }

  @Test
  void aDatabaseWithoutItsPasswordFailsAndSaysSo() throws Exception {
    node.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata:
          name: open
        spec:
          restartPolicy: Never
          containers:
          - name: mariadb
            image: mariadb
        """);
    node.await("pod/open", "{.status.phase}", "Failed");
    assertEquals("MARIADB_ROOT_PASSWORD is not set\n", node.run("logs", "open"));
  }

  private static String[] with(String[] words, int at, String... more) {
    var all = new ArrayList<>(List.of(words));
    all.addAll(at, List.of(more));
    return all.toArray(String[]::new);
  }

  @Test
  void nginxWithRequestsAndLimits() throws Exception {
    node.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata:
          name: nginx
        spec:
          containers:
          - name: nginx
            image: nginx
            resources:
              requests:
                cpu: "0.25"
                memory: 256Mi
              limits:
                cpu: "0.5"
                memory: 512Mi
            ports:
            - containerPort: 80
        """);
    node.await("pod/nginx", TestNode.READY, "True");
    node.await(() -> get("nginx", 80), page -> page.contains("<h1>Welcome to nginx!</h1>"));
    assertEquals("Burstable", node.jsonpath("pod/nginx", "{.status.qosClass}"));
    String group = node.run("exec", "nginx", "--", "cat", "/proc/1/cgroup");
    assertTrue(group.contains("/"), group);
    String limit =
        node.run(
            "exec",
            "nginx",
            "--",
            "sh",
            "-c",
            "cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null;"
                + " true");
    assertEquals(512L << 20, Long.parseLong(limit.strip()));
  }

  @Test
  void aLogCollectorReadsTheWebServersLogs() throws Exception {
    node.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata:
          name: collector
        spec:
          volumes:
          - name: logs
            emptyDir: {}
          containers:
          - name: web
            image: nginx
            volumeMounts:
            - name: logs
              mountPath: /var/log/nginx
          - name: collector
            image: busybox:1.36
            command: ["sh", "-c", "tail -n+1 -F /logs/access.log"]
            volumeMounts:
            - name: logs
              mountPath: /logs
        """);
    node.await(() -> get("collector", 80), page -> page.contains("Welcome to nginx!"));
    node.await(
        () -> node.run("logs", "collector", "-c", "collector"),
        log -> log.contains("\"GET / HTTP/1.1\" 200"));
  }

  @Test
  void anAmbassadorStandsBeforeTheApp() throws Exception {
    node.apply(
        """
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: ambassador
        data:
          proxy.conf: |
            server {
              listen 8080;
              location / { proxy_pass http://127.0.0.1:3000; }
            }
        """,
        """
        apiVersion: v1
        kind: Pod
        metadata:
          name: ambassador
        spec:
          volumes:
          - name: config
            configMap:
              name: ambassador
          containers:
          - name: app
            image: busybox:1.36
            command: ["sh", "-c", "mkdir /www; echo from the app > /www/index.html; httpd -f -p 127.0.0.1:3000 -h /www"]
          - name: proxy
            image: nginx
            ports:
            - containerPort: 8080
            volumeMounts:
            - name: config
              mountPath: /etc/nginx/conf.d
        """);
    node.await("pod/ambassador", TestNode.READY, "True");
    node.await(() -> get("ambassador", 8080), "from the app\n"::equals);
  }

  @Test
  void anAdapterTurnsTheAppsOutputIntoAnotherForm() throws Exception {
    node.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata:
          name: adapter
        spec:
          volumes:
          - name: shared
            emptyDir: {}
          containers:
          - name: app
            image: busybox:1.36
            command: ["sh", "-c", "while :; do echo load 1 > /data/top.txt; sleep 1; done"]
            volumeMounts:
            - name: shared
              mountPath: /data
          - name: adapter
            image: busybox:1.36
            command: ["sh", "-c", "while :; do sed 's/load /app_load=/' /data/top.txt; sleep 1; done"]
            volumeMounts:
            - name: shared
              mountPath: /data
        """);
    node.await(
        () -> node.run("logs", "adapter", "-c", "adapter"), log -> log.contains("app_load=1\n"));
  }

  @Test
  void busyboxPrintsItsEnvironment() throws Exception {
    node.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata:
          name: env
        spec:
          restartPolicy: Never
          containers:
          - name: env
            image: busybox:1.36
            command: ["env"]
            env:
            - name: STUDENT
              value: Ana
            - name: GREETING
              value: "Good morning $(STUDENT)"
        """);
    node.await("pod/env", "{.status.phase}", "Succeeded");
    String log = node.run("logs", "env");
    assertTrue(log.contains("GREETING=Good morning Ana\n"), log);
    assertTrue(log.contains("HOSTNAME=env\n"), log);
  }

  /** The same as with 20, 40 and 10 seconds, only as quick as the machine. */
  @Test
  void livenessThatFailsAfterAWhileRestartsAndReadyIsRightAllTheTime() throws Exception {
    Process watch = node.kubectl().start("get", "pods", "-l", "app=lives", "-w", "--no-headers");
    var rows = new ArrayList<String>();
    try (var lines = watch.inputReader()) {
      node.apply(
          """
          apiVersion: v1
          kind: Pod
          metadata:
            name: lives
            labels: {app: lives}
          spec:
            terminationGracePeriodSeconds: 1
            containers:
            - name: web
              image: nginx
              command: ["sh", "-c", "echo fine > /var/www/html/health; exec /entry/nginx"]
              startupProbe:
                httpGet: {path: /health, port: 80}
                periodSeconds: 1
                failureThreshold: 100
              livenessProbe:
                httpGet: {path: /health, port: 80}
                periodSeconds: 1
                timeoutSeconds: 60
                failureThreshold: 3
              readinessProbe:
                httpGet: {path: /health, port: 80}
                initialDelaySeconds: 2
                periodSeconds: 1
                timeoutSeconds: 60
          """);
      for (String row = lines.readLine(); row != null; row = lines.readLine()) {
        assertFalse(row.contains("invalid"), row);
        String[] words = row.split(" +");
        rows.add(words[1] + " " + words[3]);
        if (rows.get(rows.size() - 1).equals("1/1 1")) {
          break;
        }
        if (rows.indexOf("1/1 0") == rows.size() - 1) {
          node.run("exec", "lives", "--", "rm", "/var/www/html/health");
        }
      }
    } finally {
      watch.destroy();
      watch.waitFor(60, TimeUnit.SECONDS);
    }
    List<String> changes = rows.stream().distinct().toList();
    assertEquals(List.of("0/1 0", "1/1 0", "0/1 1", "1/1 1"), changes);
    // Ready, then not, before and after the restart: nothing flickers.
    int ready = rows.indexOf("1/1 0");
    int lost = rows.lastIndexOf("1/1 0") + 1;
    assertTrue(rows.subList(0, ready).stream().allMatch("0/1 0"::equals), rows::toString);
    assertTrue(rows.subList(ready, lost).stream().allMatch("1/1 0"::equals), rows::toString);
    String events = node.events("lives");
    assertTrue(events.contains("HTTP probe failed with statuscode: 404"), events);
    assertTrue(events.contains("failed liveness probe, will be restarted"), events);
  }

  @Test
  void readinessByACommand() throws Exception {
    node.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata:
          name: ready
        spec:
          containers:
          - name: busybox
            image: busybox:1.36
            args: ["sleep", "600"]
            readinessProbe:
              exec:
                command: ["cat", "/tmp/healthy"]
              periodSeconds: 1
        """);
    node.await("pod/ready", "{.status.phase}", "Running");
    node.await("pod/ready", TestNode.READY, "False");
    node.await(() -> node.events("ready"), events -> events.contains("Readiness probe failed"));
    node.run("exec", "ready", "--", "touch", "/tmp/healthy");
    node.await("pod/ready", TestNode.READY, "True");
  }

  @Test
  void startupByTcpGivesASlowServerTime() throws Exception {
    node.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata:
          name: slow
        spec:
          containers:
          - name: web
            image: nginx
            command: ["sh", "-c", "until [ -e /go ]; do sleep 0.1; done; exec /entry/nginx"]
            startupProbe:
              tcpSocket:
                port: 80
              failureThreshold: 300
              periodSeconds: 1
            livenessProbe:
              tcpSocket:
                port: 80
              failureThreshold: 1
              periodSeconds: 1
              timeoutSeconds: 60
        """);
    node.await(() -> node.events("slow"), events -> events.contains("Startup probe failed"));
    assertEquals("false", node.jsonpath("pod/slow", "{.status.containerStatuses[0].started}"));
    node.run("exec", "slow", "--", "touch", "/go");
    node.await("pod/slow", "{.status.containerStatuses[0].started}", "true");
    assertEquals("0", node.jsonpath("pod/slow", "{.status.containerStatuses[0].restartCount}"));
  }

  @Test
  void initContainersPrepareTheContent() throws Exception {
    node.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata:
          name: prepared
        spec:
          volumes:
          - name: html
            emptyDir: {}
          initContainers:
          - name: fetch
            image: busybox:1.36
            command: ["sh", "-c", "echo prepared > /work/index.html"]
            volumeMounts:
            - name: html
              mountPath: /work
          - name: stamp
            image: busybox:1.36
            command: ["sh", "-c", "echo and stamped >> /work/index.html"]
            volumeMounts:
            - name: html
              mountPath: /work
          containers:
          - name: web
            image: nginx
            volumeMounts:
            - name: html
              mountPath: /var/www/html
        """);
    node.await("pod/prepared", TestNode.READY, "True");
    node.await(() -> get("prepared", 80), "prepared\nand stamped\n"::equals);
  }

  @Test
  void twoContainersShowTheSameAddress() throws Exception {
    node.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata:
          name: same
        spec:
          containers:
          - {name: one, image: busybox:1.36, command: [sleep, "600"]}
          - {name: two, image: busybox:1.36, command: [sleep, "600"]}
        """);
    node.await("pod/same", TestNode.READY, "True");
    String ip = node.jsonpath("pod/same", "{.status.podIP}");
    for (String container : List.of("one", "two")) {
      String shown = node.run("exec", "same", "-c", container, "--", "ip", "addr", "show", "eth0");
      assertTrue(shown.contains("inet " + ip + "/"), shown);
    }
  }

  private String get(String pod, int port) throws Exception {
    String ip = node.jsonpath("pod/" + pod, "{.status.podIP}");
    assertFalse(ip.isEmpty(), "the pod has no address yet");
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create("http://" + ip + ":" + port + "/")).build(),
            BodyHandlers.ofString())
        .body();
  }
}
