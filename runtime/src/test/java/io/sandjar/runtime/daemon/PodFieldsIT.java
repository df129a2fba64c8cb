package io.sandjar.runtime.daemon;

import static io.sandjar.runtime.daemon.TestNode.assertHas;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.runtime.cri.CgroupFiles;
import io.sandjar.runtime.cri.CriClient;
import io.sandjar.runtime.image.fixture.LocalRegistry;
import io.sandjar.runtime.image.fixture.SmallImage;
import io.sandjar.runtime.sandbox.DnsConfig;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/** The fields of a pod, each by what it does to a real container. */
@TestInstance(Lifecycle.PER_CLASS)
class PodFieldsIT {
  private static final String ALLOCATABLE_DISK = "{.status.allocatable.ephemeral-storage}";

  @TempDir private static Path folder;
  private TestNode node;
  private String nodeName;

  @BeforeAll
  void start() throws Exception {
    node = TestNode.start(folder, "");
    nodeName = node.run("get", "nodes", "-o", "jsonpath={.items[0].metadata.name}");
    node.run("create", "configmap", "config", "--from-literal=color=blue", "--from-literal=size=7");
    node.run("create", "secret", "generic", "secret", "--from-literal=word=psst");
  }

  @AfterAll
  void stop() throws Exception {
    node.stop();
  }

  @Test
  void variablesComeFromEverywhereAndAreExpanded() throws Exception {
    String log =
        node.logOf(
            "env",
            """
            restartPolicy: Never
            containers:
            - name: c
              image: IMAGE
              workingDir: /tmp
              command: [sh, -c, "pwd; echo '$(PLAIN) $$(PLAIN) $(NONE)' $0 $1; env"]
              args: [zero, "$(TWICE)"]
              resources: {limits: {cpu: 250m, memory: 64Mi}, requests: {memory: 32Mi}}
              envFrom:
              - {prefix: C_, configMapRef: {name: config}}
              - {secretRef: {name: secret}}
              - {configMapRef: {name: none, optional: true}}
              env:
              - {name: PLAIN, value: plain}
              - {name: TWICE, value: "$(PLAIN)-$(PLAIN)"}
              - {name: NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
              - {name: SPACE, valueFrom: {fieldRef: {fieldPath: metadata.namespace}}}
              - {name: UID_, valueFrom: {fieldRef: {fieldPath: metadata.uid}}}
              - {name: LABEL, valueFrom: {fieldRef: {fieldPath: "metadata.labels['app']"}}}
              - {name: NODE, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}
              - {name: ACCOUNT, valueFrom: {fieldRef: {fieldPath: spec.serviceAccountName}}}
              - {name: HOST_IP, valueFrom: {fieldRef: {fieldPath: status.hostIP}}}
              - {name: HOST_IPS, valueFrom: {fieldRef: {fieldPath: status.hostIPs}}}
              - {name: POD_IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
              - {name: POD_IPS, valueFrom: {fieldRef: {fieldPath: status.podIPs}}}
              - {name: DISK, valueFrom: {resourceFieldRef: {resource: limits.ephemeral-storage, divisor: 1Ki}}}
              - {name: CPU, valueFrom: {resourceFieldRef: {resource: limits.cpu, divisor: 1m}}}
              - {name: MEM, valueFrom: {resourceFieldRef: {resource: requests.memory, divisor: 1Mi}}}
              - {name: COLOR, valueFrom: {configMapKeyRef: {name: config, key: color}}}
              - {name: LACKS, valueFrom: {configMapKeyRef: {name: config, key: lacks, optional: true}}}
              - {name: WORD, valueFrom: {secretKeyRef: {name: secret, key: word}}}
            """);
    assertHas(
        log,
        "/tmp\nplain $(PLAIN) $(NONE) zero plain-plain\n",
        "TWICE=plain-plain\n",
        "NAME=env\n",
        "SPACE=default\n",
        "UID_=" + node.jsonpath("pod/env", "{.metadata.uid}") + "\n",
        "LABEL=env\n",
        "NODE=" + nodeName + "\n",
        "ACCOUNT=default\n",
        "HOST_IP=" + node.jsonpath("pod/env", "{.status.hostIP}") + "\n",
        "HOST_IPS=" + joined("pod/env", "{.status.hostIPs[*].ip}") + "\n",
        "POD_IP=" + node.jsonpath("pod/env", "{.status.podIPs[0].ip}") + "\n",
        "POD_IPS=" + joined("pod/env", "{.status.podIPs[*].ip}") + "\n",
        "DISK=" + node.jsonpath("node/" + nodeName, ALLOCATABLE_DISK).replace("Ki", "\n"),
        "CPU=250\n",
        "MEM=32\n",
        "COLOR=blue\n",
        "C_size=7\n",
        "word=psst\n",
        "WORD=psst\n");
    assertFalse(log.contains("\nLACKS="), log);
  }

  private String joined(String object, String path) throws Exception {
    return node.jsonpath(object, path).replace(' ', ',');
  }

  @Test
  void theClassOfAPodDecidesItsShareAndWhoDiesFirst() throws Exception {
    String spec =
        "containers: [{name: c, image: IMAGE, command: [sleep, \"1000\"], resources: %s}]\n";
    node.apply(
        node.pod(
            "guaranteed",
            spec.formatted("{limits: {cpu: 100m, memory: 64Mi}}")
                + "priorityClassName: important\npriority: 7\npreemptionPolicy: Never\n"),
        node.pod("burstable", spec.formatted("{requests: {cpu: 200m}}")),
        node.pod("besteffort", spec.formatted("{}")));
    assertClass("guaranteed", "Guaranteed", "", 102, -997);
    assertClass("burstable", "Burstable", "burstable", 204, 999);
    assertClass("besteffort", "BestEffort", "besteffort", 2, 1000);
    assertEquals("7", node.jsonpath("pod/guaranteed", "{.spec.priority}"));
  }

  private void assertClass(String name, String qos, String under, long shares, int oomScore)
      throws Exception {
    node.await("pod/" + name, TestNode.READY, "True");
    assertEquals(qos, node.jsonpath("pod/" + name, "{.status.qosClass}"));
    long pid = pidOf(name);
    CgroupFiles container = CgroupFiles.of(pid);
    String uid = node.jsonpath("pod/" + name, "{.metadata.uid}");
    // systemd's slices are named with underscores.
    String pod = "pod(" + uid + "|" + uid.replace('-', '_') + ")";
    String above = under.isEmpty() ? "(?!.*(burstable|besteffort)).*" : ".*" + under + ".*";
    assertTrue(
        container.folders().values().stream()
            .anyMatch(path -> path.toString().matches(above + pod + ".*")),
        container::toString);
    // A weight of v2 has its own scale.
    if (container.folders().containsKey("cpu")) {
      assertEquals(Long.toString(shares), container.cpuShares());
      assertEquals(Long.toString(shares), container.parent().cpuShares());
    }
    // Who may not lower it keeps the daemon's.
    int daemons = oomScore(node.daemon().pid());
    assertEquals(mayLower() ? oomScore : Math.max(oomScore, daemons), oomScore(pid));
  }

  private long pidOf(String pod) throws Exception {
    String id = node.jsonpath("pod/" + pod, "{.status.containerStatuses[0].containerID}");
    try (CriClient cri = node.daemon().client()) {
      return cri.pidOf(id.replaceFirst(".*//", ""));
    }
  }

  private static int oomScore(long pid) throws IOException {
    return Integer.parseInt(Files.readString(Path.of("/proc/" + pid + "/oom_score_adj")).strip());
  }

  /** Whether this machine's root has CAP_SYS_RESOURCE. */
  private static boolean mayLower() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("CapEff:"))
        .anyMatch(line -> (Long.parseUnsignedLong(line.split("\\s+")[1], 16) >> 24 & 1) == 1);
  }

  @Test
  void aDnsConfigIsAddedToTheNodesUnlessItStandsAlone() throws Exception {
    String spec =
        """
        restartPolicy: Never
        dnsPolicy: Default
        dnsConfig: {searches: [example.org], options: [{name: ndots, value: "3"}]}
        containers: [{name: c, image: IMAGE, command: [cat, /etc/resolv.conf]}]
        """;
    DnsConfig nodes = NodeEngine.resolvConf().parsed(false);
    String log = node.logOf("dns", spec);
    for (String server : nodes.servers()) {
      assertHas(log, "nameserver " + server + "\n");
    }
    assertHas(log, "example.org\n", "ndots:3");
    String plain = node.logOf("plain-dns", spec.replaceAll("dns.*\n", ""));
    byte[] file = NodeEngine.resolvConf().content(Optional.empty(), false);
    assertEquals(new String(file, StandardCharsets.UTF_8), plain);
  }

  @Test
  void volumesShowWhatTheySay() throws Exception {
    Path host = Files.createDirectory(folder.resolve("host"));
    Files.writeString(host.resolve("file"), "of the host\n");
    String log =
        node.logOf(
            "volumes",
            """
            restartPolicy: Never
            securityContext: {fsGroup: 2345}
            volumes:
            - {name: memory, emptyDir: {medium: Memory, sizeLimit: 1Mi}}
            - {name: disk, emptyDir: {}}
            - {name: host, hostPath: {path: HOST, type: Directory}}
            - {name: new, hostPath: {path: HOST/new/folder, type: DirectoryOrCreate}}
            - {name: file, hostPath: {path: HOST/file, type: File}}
            - {name: config, configMap: {name: config, items: [{key: color, path: a/b, mode: 0440}]}}
            - {name: secret, secret: {secretName: secret, defaultMode: 0400}}
            - name: down
              downwardAPI:
                items:
                - {path: labels, fieldRef: {fieldPath: metadata.labels}}
                - {path: cpu, resourceFieldRef: {containerName: c, resource: requests.cpu, divisor: 1m}}
            - name: all
              projected:
                sources:
                - configMap: {name: config}
                - secret: {name: secret, items: [{key: word, path: my/word}]}
                - downwardAPI: {items: [{path: name, fieldRef: {fieldPath: metadata.name}}]}
            - {name: image, image: {reference: REGISTRY/as-volume:1}}
            containers:
            - name: c
              image: IMAGE
              resources: {requests: {cpu: 100m}}
              env: [{name: POD, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]
              command:
              - sh
              - -c
              - |
                grep ' /memory ' /proc/mounts; stat -c '%a %g' /disk
                dd if=/dev/zero of=/memory/big bs=1M count=2 2>&1 | grep -o 'No space left'
                cat /host/file /file; touch /host/x 2>&1; touch /new/made
                stat -Lc '%a' /config/a/b; cat /config/a/b; echo; stat -Lc 'secret %a' /secret/word
                cat /down/labels /down/cpu; echo; cat /all/color /all/my/word /all/name; echo
                ls /image/bin/busybox; touch /image/x 2>&1
                cat /part; echo; touch /sub/here /expr/there; ls /disk /disk/some
              volumeMounts:
              - {name: memory, mountPath: /memory}
              - {name: disk, mountPath: /disk}
              - {name: host, mountPath: /host, readOnly: true}
              - {name: new, mountPath: /new}
              - {name: file, mountPath: /file}
              - {name: config, mountPath: /config}
              - {name: config, mountPath: /part, subPath: a/b}
              - {name: secret, mountPath: /secret}
              - {name: down, mountPath: /down}
              - {name: all, mountPath: /all}
              - {name: image, mountPath: /image}
              - {name: disk, mountPath: /sub, subPath: some/folder}
              - {name: disk, mountPath: /expr, subPathExpr: of-$(POD)}
            """
                .replace("HOST", host.toString())
                .replace("REGISTRY", node.registry().host()));
    assertHas(
        log,
        "tmpfs /memory tmpfs rw",
        "size=1024k",
        "2777 2345\n",
        "No space left\n",
        "of the host\nof the host\n",
        "touch: /host/x: Read-only file system\n",
        "440\nblue\nsecret 440\n",
        "app=\"volumes\"100\nbluepsstvolumes\n",
        "/image/bin/busybox\ntouch: /image/x: Read-only file system\n",
        "blue\n/disk:\nof-volumes\nsome\n\n/disk/some:\nfolder\n");
    assertTrue(Files.exists(host.resolve("new/folder/made")));
  }

  @Test
  void aVolumeThatIsNotAsItSaysHoldsThePodBack() throws Exception {
    Path file = Files.writeString(folder.resolve("plain"), "");
    node.apply(
        node.pod(
            "no-socket",
            """
            volumes: [{name: s, hostPath: {path: %s, type: Socket}}]
            containers: [{name: c, image: IMAGE, volumeMounts: [{name: s, mountPath: /s}]}]
            """
                .formatted(file)));
    node.await(() -> node.events("no-socket"), events -> events.contains("FailedMount"));
    assertTrue(node.events("no-socket").contains("hostPath type check failed"));
    assertEquals("Pending", node.jsonpath("pod/no-socket", "{.status.phase}"));
  }

  @Test
  void namesAddressesAndResolverAreAsTheSpecSays() throws Exception {
    String log =
        node.logOf(
            "names",
            """
            restartPolicy: Never
            hostname: chosen
            subdomain: sub
            setHostnameAsFQDN: true
            hostAliases: [{ip: 1.2.3.4, hostnames: [one, two]}]
            dnsPolicy: None
            dnsConfig:
              nameservers: [10.0.0.53]
              searches: [example.org]
              options: [{name: ndots, value: "3"}, {name: rotate}]
            containers: [{name: c, image: IMAGE, command: [sh, -c, "hostname; cat /etc/hosts /etc/resolv.conf"]}]
            """);
    assertHas(
        log,
        "chosen.sub.default.svc.cluster.local\n",
        "\tchosen.sub.default.svc.cluster.local\tchosen\n",
        "1.2.3.4\tone\ttwo\n",
        "nameserver 10.0.0.53\n",
        "search example.org\n",
        "options ndots:3 rotate\n");
  }

  @Test
  void aHostPortLeadsToTheContainer() throws Exception {
    int port;
    try (var free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    node.apply(
        node.pod(
            "port",
            """
            containers:
            - name: c
              image: IMAGE
              command: [sh, -c, "while :; do echo reached | nc -l -p 8080; done"]
              ports: [{containerPort: 8080, hostPort: %d, hostIP: 127.0.0.1}]
            """
                .formatted(port)));
    node.await("pod/port", TestNode.READY, "True");
    node.await(
        () -> {
          try (var socket = new Socket("127.0.0.1", port)) {
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
          } catch (IOException notYet) {
            return notYet.toString();
          }
        },
        "reached\n"::equals);
    node.apply(
        node.pod(
            "port-again",
            """
            containers:
            - {name: c, image: IMAGE, ports: [{containerPort: 80, hostPort: %d, hostIP: 127.0.0.1}]}
            """
                .formatted(port)));
    node.await(
        () -> node.events("port-again"), events -> events.contains("didn't have free ports"));
  }

  @Test
  void limitsHoldAndTooMuchStaysPending() throws Exception {
    node.apply(
        node.pod(
            "oom",
            """
            restartPolicy: Never
            containers:
            - name: c
              image: IMAGE
              command: [sh, -c, "dd if=/dev/zero of=/dev/null bs=64M"]
              resources: {limits: {memory: 16Mi}}
            """),
        node.pod(
            "huge", "containers: [{name: c, image: IMAGE, resources: {requests: {cpu: 1000}}}]"),
        node.pod("elsewhere", "nodeName: other\ncontainers: [{name: c, image: IMAGE}]"));
    node.await("pod/oom", "{.status.containerStatuses[0].state.terminated.reason}", "OOMKilled");
    node.await("pod/oom", "{.status.phase}", "Failed");
    node.await(() -> node.events("huge"), events -> events.contains("Insufficient cpu"));
    assertEquals("Pending", node.jsonpath("pod/huge", "{.status.phase}"));
    assertEquals("Pending", node.jsonpath("pod/elsewhere", "{.status.phase}"));
  }

  @Test
  void deadlinesGraceAndLastWords() throws Exception {
    node.apply(
        node.pod(
            "deadline",
            """
            activeDeadlineSeconds: 2
            containers: [{name: c, image: IMAGE, command: [sleep, "1000"]}]
            """),
        node.pod(
            "words",
            """
            restartPolicy: Never
            containers:
            - name: log
              image: IMAGE
              command: [sh, -c, "echo the last line; exit 3"]
              terminationMessagePolicy: FallbackToLogsOnError
            - name: file
              image: IMAGE
              command: [sh, -c, "echo to a file > /tmp/words; exit 4"]
              terminationMessagePath: /tmp/words
            """),
        node.pod(
                "graceful",
                """
            containers:
            - name: c
              image: IMAGE
              command: [sh, -c, "trap '' TERM; while :; do sleep 1; done"]
              lifecycle: {preStop: {sleep: {seconds: 1000}}}
            """)
            .replace("PeriodSeconds: 1\n", "PeriodSeconds: 1000\n"));
    node.await("pod/deadline", "{.status.reason}", "DeadlineExceeded");
    node.await("pod/words", "{.status.phase}", "Failed");
    assertEquals(
        "the last line\n",
        node.jsonpath(
            "pod/words",
            "{.status.containerStatuses[?(@.name==\"log\")].state.terminated.message}"));
    assertEquals(
        "to a file\n",
        node.jsonpath(
            "pod/words",
            "{.status.containerStatuses[?(@.name==\"file\")].state.terminated.message}"));
    node.await("pod/graceful", TestNode.READY, "True");
    node.run("delete", "pod", "graceful", "--grace-period=1000", "--wait=false");
    node.await(() -> node.run("get", "pod", "graceful"), row -> row.contains("Terminating"));
    // Who cannot wait so long says so, and need not wait.
    node.run("delete", "pod", "graceful", "--now");
    assertTrue(node.refused("get", "pod", "graceful").contains("NotFound"));
  }

  @Test
  void hooksRunAroundTheContainersLife() throws Exception {
    node.apply(
        node.pod(
            "hooked",
            """
            volumes: [{name: v, hostPath: {path: %s}}]
            containers:
            - name: c
              image: IMAGE
              command: [sh, -c, "trap 'exit 0' TERM; while :; do sleep 0.1; done"]
              volumeMounts: [{name: v, mountPath: /v}]
              lifecycle:
                postStart: {exec: {command: [touch, /v/started]}}
                preStop: {exec: {command: [touch, /v/stopping]}}
            - name: sleeps
              image: IMAGE
              command: [sh, -c, "trap 'exit 0' TERM; while :; do sleep 0.1; done"]
              lifecycle: {preStop: {sleep: {seconds: 1}}}
            """
                .formatted(folder)));
    node.await("pod/hooked", TestNode.READY, "True");
    node.await(() -> Boolean.toString(Files.exists(folder.resolve("started"))), "true"::equals);
    node.run("delete", "pod", "hooked", "--grace-period=120");
    assertTrue(Files.exists(folder.resolve("stopping")));
  }

  @Test
  void aSleepBeforeTheStopIsOverWithItsContainer() throws Exception {
    node.apply(
        node.pod(
                "asleep",
                """
            volumes: [{name: v, hostPath: {path: %s}}]
            containers:
            - name: c
              image: IMAGE
              command: [sh, -c, "until [ -e /v/enough ]; do sleep 0.1; done"]
              volumeMounts: [{name: v, mountPath: /v}]
              lifecycle: {preStop: {sleep: {seconds: 1000}}}
            """
                    .formatted(folder))
            .replace("PeriodSeconds: 1\n", "PeriodSeconds: 1000\n"));
    node.await("pod/asleep", TestNode.READY, "True");
    node.run("delete", "pod", "asleep", "--wait=false");
    node.await(() -> node.run("get", "pod", "asleep"), row -> row.contains("Terminating"));
    Files.createFile(folder.resolve("enough"));
    node.await(() -> node.run("get", "pod", "asleep", "--ignore-not-found"), String::isEmpty);
  }

  @Test
  void anImageThatMayNotBePulledIsMissed() throws Exception {
    node.apply(
        node.pod(
            "never",
            """
            containers:
            - {name: c, image: "%s/never:1", imagePullPolicy: Never}
            """
                .formatted(node.registry().host())));
    node.await(
        "pod/never", "{.status.containerStatuses[0].state.waiting.reason}", "ErrImageNeverPull");
  }

  @Test
  void anImageBehindAPasswordIsPulledWithThePodsSecret() throws Exception {
    try (LocalRegistry registry = LocalRegistry.withPassword(folder.resolve("locked"))) {
      registry.push(SmallImage.layout(folder.resolve("small")).source("t"), "app:1");
      String spec = "imagePullSecrets: [%s]\ncontainers: [{name: c, image: '%s/app:1'}]\n";
      node.apply(node.pod("locked-out", spec.formatted("", registry.host())));
      node.await(() -> node.events("locked-out"), events -> events.contains("UNAUTHORIZED"));
      node.run(
          "create",
          "secret",
          "docker-registry",
          "login",
          "--docker-server=" + registry.host(),
          "--docker-username=" + LocalRegistry.USER,
          "--docker-password=" + LocalRegistry.PASSWORD);
      node.apply(node.pod("let-in", spec.formatted("{name: login}", registry.host())));
      node.await(
          () -> node.events("let-in"), events -> events.contains("Successfully pulled image"));
    }
  }
}
