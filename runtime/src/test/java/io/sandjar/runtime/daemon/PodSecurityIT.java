package io.sandjar.runtime.daemon;

import static io.sandjar.runtime.daemon.TestNode.assertHas;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.runtime.image.fixture.Commands;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;

/** What a pod may do and see of the node, each field by what it does to a real container. */
@TestInstance(Lifecycle.PER_CLASS)
class PodSecurityIT {
  @TempDir private static Path folder;
  private TestNode node;

  @BeforeAll
  void start() throws Exception {
    node = TestNode.start(folder, "");
  }

  @AfterAll
  void stop() throws Exception {
    node.stop();
  }

  @Test
  void usersGroupsAndPrivilegesAreAsTheSecurityContextsSay() throws Exception {
    String show =
        "id -u; id -g; id -G; grep -E '^(CapEff|NoNewPrivs|Seccomp):' /proc/self/status;"
            + " touch /x 2>&1; cat /proc/sys/net/ipv4/ip_unprivileged_port_start";
    String log =
        node.logOf(
            "security",
            """
            restartPolicy: Never
            securityContext:
              runAsUser: 1000
              runAsGroup: 3000
              supplementalGroups: [4000]
              fsGroup: 5000
              sysctls: [{name: net.ipv4.ip_unprivileged_port_start, value: "77"}]
            containers:
            - name: c
              image: IMAGE
              command: [sh, -c, "%s"]
              securityContext:
                readOnlyRootFilesystem: true
                allowPrivilegeEscalation: false
            """
                .formatted(show));
    assertHas(
        log,
        "1000\n3000\n",
        "4000",
        "5000",
        "CapEff:\t0000000000000000\n",
        "NoNewPrivs:\t1\n",
        "Seccomp:\t2\n",
        "touch: /x: Read-only file system\n",
        "77\n");
    log =
        node.logOf(
            "capabilities",
            """
            restartPolicy: Never
            containers:
            - name: c
              image: IMAGE
              command: [sh, -c, "%s"]
              securityContext:
                seccompProfile: {type: Unconfined}
                capabilities: {drop: [ALL], add: [NET_ADMIN]}
            """
                .formatted(show));
    assertHas(log, "CapEff:\t0000000000001000\n", "NoNewPrivs:\t0\n", "Seccomp:\t0\n");
    log =
        node.logOf(
            "privileged",
            """
            restartPolicy: Never
            containers:
            - name: c
              image: IMAGE
              command: [sh, -c, "mount -t tmpfs none /tmp && echo mounted; ls /dev/kmsg"]
              securityContext: {privileged: true}
            """);
    assertHas(log, "mounted\n/dev/kmsg\n");
    node.apply(
        node.pod(
            "no-root",
            """
            containers: [{name: c, image: IMAGE, securityContext: {runAsNonRoot: true}}]
            """));
    node.await(
        "pod/no-root",
        "{.status.containerStatuses[0].state.waiting.reason}",
        "CreateContainerConfigError");
  }

  @Test
  void namespacesAreSharedAsTheSpecSays() throws Exception {
    node.apply(
        node.pod(
            "shared",
            """
            shareProcessNamespace: true
            containers:
            - {name: a, image: IMAGE, command: [sleep, "12345"]}
            - {name: b, image: IMAGE, command: [sh, -c, "sleep 1000"]}
            """));
    String log =
        node.logOf(
            "host",
            """
            restartPolicy: Never
            hostNetwork: true
            hostPID: true
            hostIPC: true
            containers:
            - name: c
              image: IMAGE
              command: [sh, -c, "for n in net pid ipc; do readlink /proc/self/ns/$n; done"]
            """);
    for (String kind : new String[] {"net", "pid", "ipc"}) {
      assertHas(log, Files.readSymbolicLink(Path.of("/proc/self/ns", kind)) + "\n");
    }
    assertEquals(
        node.jsonpath("pod/host", "{.status.hostIP}"),
        node.jsonpath("pod/host", "{.status.podIP}"));
    node.await("pod/shared", TestNode.READY, "True");
    assertTrue(node.run("exec", "shared", "-c", "b", "--", "ps").contains("sleep 12345"));
  }

  @Test
  void aProfileOfTheNodesFolderFiltersTheContainersCalls() throws Exception {
    Path profiles = Files.createDirectories(node.root().resolve("seccomp/profiles"));
    Files.writeString(
        profiles.resolve("no-mkdir.json"),
        """
        {"defaultAction": "SCMP_ACT_ALLOW",
         "syscalls": [{"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 42}]}
        """);
    String spec =
        """
        restartPolicy: Never
        securityContext: {seccompProfile: {type: Localhost, localhostProfile: %s}}
        containers:
        - {name: c, image: IMAGE, command: [sh, -c, "mkdir /made; touch /file && echo goes on"]}
        """;
    assertHas(
        node.logOf("filtered", spec.formatted("profiles/no-mkdir.json")),
        "mkdir: can't create directory '/made': No message of desired type\n",
        "goes on\n");
    node.apply(node.pod("unfiltered", spec.formatted("profiles/none.json")));
    node.await(
        () -> node.events("unfiltered"),
        events -> events.contains(profiles.resolve("none.json") + " does not exist"));
    Path outside =
        Files.writeString(
            folder.resolve("outside.yaml"), node.pod("outside", spec.formatted("../kubeconfig")));
    assertHas(
        node.refused("apply", "-f", outside.toString()),
        "spec.securityContext.seccompProfile.localhostProfile",
        "must be a relative path");
  }

  @Test
  void procIsUnmaskedOnlyWhereThePodAsksForIt() throws Exception {
    String spec =
        """
        restartPolicy: Never
        hostUsers: false
        containers:
        - name: c
          image: IMAGE
          command: [sh, -c, "grep -c ' /proc/' /proc/mounts"]
          securityContext: {procMount: %s}
        """;
    assertEquals("0\n", node.logOf("unmasked", spec.formatted("Unmasked")));
    assertTrue(Integer.parseInt(node.logOf("masked", spec.formatted("Default")).strip()) > 5);
  }

  @Test
  void mountsTravelBetweenNodeAndContainerAsFarAsThePodSays() throws Exception {
    Path shared = Files.createDirectory(folder.resolve("shared"));
    Commands.run("mount", "-t", "tmpfs", "sandjar-test", shared.toString());
    try {
      Commands.run("mount", "--make-shared", shared.toString());
      for (String name : new String[] {"of-node", "of-container"}) {
        Files.createDirectory(shared.resolve(name));
      }
      node.apply(
          node.pod(
              "mounts",
              """
              volumes: [{name: v, hostPath: {path: %s}}]
              containers:
              - name: both
                image: IMAGE
                command: [sh, -c, "mount -t tmpfs mine /v/of-container && sleep 1000"]
                securityContext: {privileged: true}
                volumeMounts: [{name: v, mountPath: /v, mountPropagation: Bidirectional}]
              - name: sees
                image: IMAGE
                command: [sleep, "1000"]
                volumeMounts: [{name: v, mountPath: /v, mountPropagation: HostToContainer}]
              - name: alone
                image: IMAGE
                command: [sleep, "1000"]
                volumeMounts: [{name: v, mountPath: /v}]
              """
                  .formatted(shared)));
      node.await("pod/mounts", TestNode.READY, "True");
      node.await(
          () -> Files.readString(Path.of("/proc/mounts")),
          mounts -> mounts.contains("mine " + shared.resolve("of-container")));
      Commands.run("mount", "-t", "tmpfs", "nodes", shared.resolve("of-node").toString());
      assertHas(mountsOf("both"), "nodes /v/of-node");
      assertHas(mountsOf("sees"), "nodes /v/of-node");
      assertFalse(mountsOf("alone").contains("nodes /v/of-node"));
    } finally {
      node.run("delete", "pod", "mounts", "--now", "--ignore-not-found");
      Commands.run("umount", "-R", shared.toString());
    }
  }

  private String mountsOf(String container) throws Exception {
    return node.run("exec", "mounts", "-c", container, "--", "cat", "/proc/mounts");
  }
}
