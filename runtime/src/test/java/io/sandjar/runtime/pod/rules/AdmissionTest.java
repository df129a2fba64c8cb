package io.sandjar.runtime.pod.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.runtime.pod.schema.Field;
import io.sandjar.runtime.pod.schema.FieldType;
import io.sandjar.runtime.pod.schema.ObjectType;
import io.sandjar.runtime.pod.schema.Problem;
import io.sandjar.runtime.pod.schema.Schema;
import io.sandjar.runtime.pod.schema.Trees;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

class AdmissionTest {
  private final Schema schema = Schema.coreV1();
  private final Admission admission = new Admission(schema);

  @Test
  void aPlainPodGetsTheServersDefaults() {
    Map<String, Object> pod =
        admitted(
            """
            metadata: {name: echo}
            spec:
              containers:
              - name: web
                image: nginx
                ports: [{containerPort: 80}]
                resources: {limits: {cpu: 500m}}
                livenessProbe: {httpGet: {port: 80}}
            """);
    Map<String, Object> spec = Trees.object(pod, "spec");
    Map<String, Object> container = Trees.objects(spec, "containers").get(0);
    Map<String, Object> probe = Trees.object(container, "livenessProbe");
    assertEquals("Always", spec.get("restartPolicy"));
    assertEquals(30L, spec.get("terminationGracePeriodSeconds"));
    assertEquals("ClusterFirst", spec.get("dnsPolicy"));
    assertEquals("Always", container.get("imagePullPolicy"));
    assertEquals("TCP", Trees.objects(container, "ports").get(0).get("protocol"));
    assertEquals("500m", Trees.object(container, "resources", "requests").get("cpu"));
    assertEquals(3L, probe.get("failureThreshold"));
    assertEquals("/", Trees.object(probe, "httpGet").get("path"));
  }

  @Test
  void anImageWithATagOrDigestIsPulledOnlyIfNotPresent() {
    assertEquals("IfNotPresent", PodDefaults.pullPolicy("nginx:1.14.2"));
    assertEquals("IfNotPresent", PodDefaults.pullPolicy("nginx@sha256:0123"));
    assertEquals("Always", PodDefaults.pullPolicy("localhost:5000/nginx"));
    assertEquals("Always", PodDefaults.pullPolicy("nginx:latest"));
  }

  @Test
  void aMistypedFieldIsNamedWithItsPathAndTheFieldThatWasMeant() {
    assertProblems(
        """
        metadata: {name: echo}
        spec:
          containers:
          - name: web
            image: nginx:1
            livenessProve: {}
        """,
        "spec.containers[0].livenessProve: unknown field, did you mean livenessProbe?");
  }

  @Test
  void everyProblemOfAFileIsInOneAnswer() {
    assertProblems(
        """
        metadata: {name: Echo_1, labels: {app: "-bad-"}}
        spec:
          restartPolicy: Sometimes
          containers:
          - image: nginx:1
            ports: [{containerPort: 80000}, {containerPort: "80"}]
          - name: b
            volumeMounts: [{name: data, mountPath: /data}]
        """,
        "spec.containers[0].ports[1].containerPort: expected an integer, not \"80\"",
        "metadata.name: Invalid value: \"Echo_1\": a lowercase RFC 1123 subdomain must consist of"
            + " lower case alphanumeric characters, '-' or '.', and must start and end with an"
            + " alphanumeric character",
        "metadata.labels[app]: Invalid value: \"-bad-\": a valid label must be an empty string or"
            + " consist of alphanumeric characters, '-', '_' or '.', and must start and end with an"
            + " alphanumeric character",
        "spec.containers[0].name: Required value",
        "spec.containers[0].ports[0].containerPort: Invalid value: 80000: must be between 1 and"
            + " 65535, inclusive",
        "spec.containers[0].ports[1].containerPort: Required value",
        "spec.containers[1].image: Required value",
        "spec.restartPolicy: Unsupported value: \"Sometimes\": supported values: \"Always\","
            + " \"OnFailure\", \"Never\"",
        "spec.containers[1].volumeMounts[0].name: Not found: \"data\": the pod has no volume of"
            + " that name");
  }

  @Test
  void whatThisNodeCannotDoIsRefusedByName() {
    assertProblems(
        pod("volumes: [{name: data, persistentVolumeClaim: {claimName: c}}]"),
        "spec.volumes[0].persistentVolumeClaim: Forbidden: persistentVolumeClaim is not supported"
            + " on this node: A claim on a cluster's storage.");
  }

  @Test
  void everyFieldThatIsNotSupportedIsRefusedByName() {
    allRefused("PodSpec", "{metadata: {name: p}, spec: {containers: [{name: a, image: i}], %s}}");
    allRefused("Container", "{metadata: {name: p}, spec: {containers: [{name: a, image: i, %s}]}}");
    allRefused("Volume", pod("volumes: [{name: v, %s}]"));
    allRefused("VolumeProjection", pod("volumes: [{name: v, projected: {sources: [{%s}]}}]"));
    allRefused("ResourceRequirements", container("resources: {%s}"));
    allRefused("SecurityContext", container("securityContext: {%s}"));
    allRefused("PodSecurityContext", pod("securityContext: {%s}"));
  }

  /** Tries each field of the type that the schema marks so. */
  private void allRefused(String type, String yaml) {
    int tried = 0;
    for (Field field : schema.type(type).fields()) {
      if (field.unsupported()) {
        String value = field.type() instanceof FieldType.ListOf ? "[{}]" : "{}";
        String with = yaml.replace("%s", field.name() + ": " + value);
        List<String> problems =
            admission.admit(schema.kind("Pod").orElseThrow(), tree(with)).problems().stream()
                .map(Problem::toString)
                .toList();
        assertTrue(
            problems.stream()
                .anyMatch(
                    problem ->
                        problem.contains(
                            field.name() + ": Forbidden: " + field.name() + " is not supported")),
            () -> with + " -> " + problems);
        tried++;
      }
    }
    assertTrue(tried > 0, type);
  }

  @Test
  void namesOfContainersAndTheirPortsAreUnique() {
    assertProblems(
        """
        metadata: {name: echo}
        spec:
          initContainers: [{name: a, image: "x:1"}]
          containers:
          - name: a
            image: x:1
            ports: [{name: http, containerPort: 1}, {name: http, containerPort: 2}]
        """,
        "spec.containers[0].name: Duplicate value: \"a\"",
        "spec.containers[0].ports[1].name: Duplicate value: \"http\"");
  }

  @Test
  void theSameHostPortTwiceInAPodIsRefused() {
    assertProblems(
        """
        metadata: {name: echo}
        spec:
          containers:
          - {name: a, image: "x:1", ports: [{containerPort: 1, hostPort: 80}]}
          - {name: b, image: "x:1", ports: [{containerPort: 2, hostPort: 80}]}
        """,
        "spec.containers[1].ports[0].hostPort: Duplicate value: 80");
  }

  @Test
  void aProbeHasExactlyOneHandler() {
    assertProblems(
        container(
            "livenessProbe: {}, readinessProbe: {exec: {command: [a]}, tcpSocket: {port: 1}}"),
        "spec.containers[0].livenessProbe: Required value: must specify a handler type",
        "spec.containers[0].readinessProbe.tcpSocket: Forbidden: may not specify more than one of"
            + " these, and has exec");
  }

  @Test
  void onlySidecarsAmongInitContainersHaveProbes() {
    assertProblems(
        pod("initContainers: [{name: i, image: \"x:1\", livenessProbe: {tcpSocket: {port: 1}}}]"),
        "spec.initContainers[0].livenessProbe: Forbidden: may not be set for init containers"
            + " without restartPolicy=Always");
    assertRight(
        pod(
            "initContainers: [{name: i, image: \"x:1\", restartPolicy: Always, livenessProbe:"
                + " {tcpSocket: {port: 1}}}]"));
  }

  @Test
  void prioritiesAreTakenAsTheyAre() {
    Map<String, Object> spec =
        Trees.object(
            admitted(pod("priorityClassName: high\n  priority: 7\n  preemptionPolicy: Never")),
            "spec");
    assertEquals("high", spec.get("priorityClassName"));
    assertEquals(7L, spec.get("priority"));
    assertEquals("Never", spec.get("preemptionPolicy"));
  }

  @Test
  void aRequestAboveItsLimitIsRefused() {
    assertProblems(
        container("resources: {requests: {memory: 1Gi}, limits: {memory: 512Mi}}"),
        "spec.containers[0].resources.requests: Invalid value: \"1Gi\": must be less than or equal"
            + " to memory limit of 512Mi");
  }

  @Test
  void onlyTheImageOfARunningPodMayChange() {
    ObjectType kind = schema.kind("Pod").orElseThrow();
    Map<String, Object> before = admitted(container(""));
    Map<String, Object> newImage = Trees.copy(before);
    Trees.objects(Trees.object(newImage, "spec"), "containers").get(0).put("image", "x:2");
    assertEquals(List.of(), admission.problems(kind, before, newImage));

    Map<String, Object> newCommand = Trees.copy(before);
    Trees.objects(Trees.object(newCommand, "spec"), "containers")
        .get(0)
        .put("command", List.of("sh"));
    List<Problem> problems = admission.problems(kind, before, newCommand);
    assertEquals(1, problems.size());
    assertTrue(
        problems.get(0).toString().startsWith("spec: Forbidden: pod updates may not change"));
    assertTrue(problems.get(0).toString().endsWith("changed: spec.containers"));
  }

  @Test
  void ephemeralContainersAreAddedAndNeitherChangedNorRemoved() {
    ObjectType kind = schema.kind("Pod").orElseThrow();
    String one = "{name: one, image: x:1}";
    Map<String, Object> without = admitted(pod("ephemeralContainers: []"));
    Map<String, Object> with = admitted(pod("ephemeralContainers: [" + one + "]"));
    Map<String, Object> more =
        admitted(pod("ephemeralContainers: [" + one + ", {name: two, image: x:1}]"));
    Map<String, Object> other = admitted(pod("ephemeralContainers: [{name: one, image: x:2}]"));
    assertEquals(List.of(), admission.problems(kind, without, with));
    assertEquals(List.of(), admission.problems(kind, with, more));
    assertEquals(
        List.of(
            "spec.ephemeralContainers: Forbidden: existing ephemeral containers \"one\" may not be"
                + " removed"),
        texts(admission.problems(kind, with, without)));
    assertEquals(
        List.of(
            "spec.ephemeralContainers: Forbidden: existing ephemeral containers \"one\" may not be"
                + " changed"),
        texts(admission.problems(kind, with, other)));
  }

  private static List<String> texts(List<Problem> problems) {
    return problems.stream().map(Problem::toString).toList();
  }

  @Test
  void aSchedulingGateIsLiftedAndNotShutAgain() {
    ObjectType kind = schema.kind("Pod").orElseThrow();
    Map<String, Object> gated = admitted(pod("schedulingGates: [{name: x/a}, {name: x/b}]"));
    Map<String, Object> half = admitted(pod("schedulingGates: [{name: x/b}]"));
    Map<String, Object> open = admitted(pod("restartPolicy: Always"));
    assertEquals(List.of(), admission.problems(kind, gated, half));
    assertEquals(List.of(), admission.problems(kind, half, open));
    assertEquals(
        List.of(
            "spec.schedulingGates: Forbidden: only deletion is allowed, but found new scheduling"
                + " gate 'x/a'"),
        texts(admission.problems(kind, half, gated)));
  }

  @Test
  void aSecretsTextsBecomeItsData() {
    Map<String, Object> secret =
        admission
            .admit(
                schema.kind("Secret").orElseThrow(),
                tree("{metadata: {name: s}, stringData: {password: hunter2}}"))
            .object();
    assertEquals("aHVudGVyMg==", Trees.object(secret, "data").get("password"));
    assertFalse(secret.containsKey("stringData"));
    assertEquals("Opaque", secret.get("type"));
  }

  @Test
  void aSecretThatCannotBeDecodedIsNotRepeated() {
    List<Problem> problems =
        admission
            .admit(
                schema.kind("Secret").orElseThrow(),
                tree("{metadata: {name: s}, data: {password: \"hunter2!\"}}"))
            .problems();
    assertEquals(
        List.of("data[password]: expected base64 text, not another text"), texts(problems));
  }

  private static String pod(String spec) {
    return "metadata: {name: echo}\nspec:\n  containers: [{name: a, image: \"x:1\"}]\n  " + spec;
  }

  private static String container(String fields) {
    return "{metadata: {name: echo}, spec: {containers: [{name: a, image: \"x:1\", "
        + fields
        + "}]}}";
  }

  private Map<String, Object> admitted(String yaml) {
    Admission.Admitted admitted = admission.admit(schema.kind("Pod").orElseThrow(), tree(yaml));
    assertEquals(List.of(), admitted.problems());
    return admitted.object();
  }

  private void assertRight(String yaml) {
    admitted(yaml);
  }

  private void assertProblems(String yaml, String... problems) {
    Admission.Admitted admitted = admission.admit(schema.kind("Pod").orElseThrow(), tree(yaml));
    assertEquals(
        List.of(problems).stream().sorted().toList(),
        admitted.problems().stream().map(Problem::toString).sorted().toList());
  }

  private static Map<?, ?> tree(String yaml) {
    return (Map<?, ?>) new Load(LoadSettings.builder().build()).loadFromString(yaml);
  }
}
