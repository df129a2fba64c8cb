package io.sandjar.runtime.cri;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sandjar.netbridge.PortMapping;
import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.container.EnvironmentVariable;
import io.sandjar.runtime.sandbox.NamespaceMode;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ConfigDocumentsTest {

  @Test
  void aSandboxIsReadFromWhatCrictlsFilesHold() throws IOException {
    var spec =
        ConfigDocuments.sandbox(
            JSON.std.mapFrom(
                """
                {"metadata": {"name": "web", "namespace": "default", "uid": "u-1", "attempt": 2},
                 "log_directory": "/tmp/logs", "labels": {"app": "web"},
                 "port_mappings": [{"protocol": "UDP", "container_port": 53, "host_port": 5353}],
                 "linux": {"security_context": {"namespace_options": {"pid": "CONTAINER", "network": 2}}}}
                """));
    assertEquals("web", spec.name().name());
    assertEquals(2, spec.name().attempt());
    assertEquals("/tmp/logs", spec.logDirectory());
    assertEquals(Map.of("app", "web"), spec.labels());
    assertEquals(PortMapping.Protocol.UDP, spec.ports().get(0).protocol());
    assertEquals(5353, spec.ports().get(0).hostPort());
    assertEquals(NamespaceMode.CONTAINER, spec.namespaces().pid());
    assertTrue(spec.namespaces().hostNetwork());
  }

  @Test
  void aContainerIsReadByNamesInCamelCaseToo() throws IOException {
    var spec =
        ConfigDocuments.container(
            JSON.std.mapFrom(
                """
                {"metadata": {"name": "app"}, "image": {"image": "busybox"},
                 "command": ["sh"], "envs": [{"key": "A", "value": "b=c"}],
                 "mounts": [{"hostPath": "/srv", "containerPath": "/data", "readonly": true}],
                 "linux": {"resources": {"memoryLimitInBytes": 1048576},
                           "security_context": {"run_as_user": {"value": 1000}, "no_new_privs": true}}}
                """));
    assertEquals(List.of("sh"), spec.command());
    assertEquals(List.of(new EnvironmentVariable("A", "b=c")), spec.environment());
    assertEquals("/srv", spec.mounts().get(0).hostPath());
    assertTrue(spec.mounts().get(0).readonly());
    assertEquals(1048576, spec.resources().memoryLimit().orElseThrow());
    assertEquals(Optional.of(1000L), spec.security().runAsUser());
    assertTrue(spec.security().noNewPrivileges());
  }

  @Test
  void aRefusalNamesTheFieldAndWhatThereIs() {
    assertRefused("{\"metdata\": {}}", "config.metdata: there is no such field; there are annot");
    assertRefused("{\"metadata\": []}", "config.metadata: must be an object");
    assertRefused("{\"labels\": \"x\"}", "config.labels: must be a map");
    assertRefused(
        "{\"port_mappings\": [{\"protocol\": \"ICMP\"}]}",
        "config.port_mappings[0].protocol: ICMP is none of TCP, UDP, SCTP");
    assertRefused(
        "{\"metadata\": {\"attempt\": \"one\"}}",
        "config.metadata.attempt: one is not a whole number");
    assertRefused("{\"metadata\": {}}", "config.metadata.name: must be set");
  }

  private static void assertRefused(String document, String beginning) {
    var refusal =
        assertThrows(
            EngineException.class, () -> ConfigDocuments.sandbox(JSON.std.mapFrom(document)));
    assertEquals(EngineException.Kind.INVALID_ARGUMENT, refusal.kind());
    assertTrue(refusal.getMessage().startsWith(beginning), refusal.getMessage());
  }
}
