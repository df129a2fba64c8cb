package io.sandjar.netbridge.cni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How plugins are called, shown by plugins that are shell scripts and write down what they get. */
class CniNetworkTest {
  private static final CniAttachment POD =
      new CniAttachment(
          "sandbox1",
          "/run/netns/cni-sandbox1",
          "eth0",
          List.of(Map.entry("IgnoreUnknown", "1"), Map.entry("K8S_POD_NAME", "web")),
          Map.of(
              "portMappings",
              List.of(Map.of("hostPort", 8080, "containerPort", 80, "protocol", "tcp")),
              "ips",
              List.of("10.1.0.7/24"),
              "dns",
              Map.of("servers", List.of("10.96.0.10"))));
  private static final String RESULT =
      """
      {"cniVersion":"1.0.0","interfaces":[{"name":"eth0","sandbox":"/run/netns/x"}],\
      "ips":[{"address":"10.1.0.7/24","gateway":"10.1.0.1","interface":0}]}""";

  @TempDir Path dir;
  private Path bin;
  private Path log;
  private ResultCache cache;
  private CniNetwork plugins;

  @BeforeEach
  void folders() throws IOException {
    bin = Files.createDirectory(dir.resolve("bin"));
    log = dir.resolve("log");
    Files.createFile(log);
    cache = new ResultCache(dir.resolve("cache"));
    plugins = new CniNetwork(List.of(dir.resolve("none"), bin), cache, Duration.ofSeconds(60));
  }

  @Test
  void pluginsRunForwardsToAddAndBackwardsToDelete() throws IOException {
    plugin("first", "echo '" + RESULT + "'");
    plugin("second", "echo '" + RESULT + "'");
    NetworkConfiguration network = network("1.0.0", "first", "second");
    CniResult result = plugins.add(network, POD);
    assertEquals(List.of(new CniResult.Address("10.1.0.7/24", "10.1.0.1")), result.addresses());
    plugins.check(network, POD);
    plugins.delete(network, POD);
    assertEquals(
        List.of(
            "ADD first", "ADD second", "CHECK first", "CHECK second", "DEL second", "DEL first"),
        calls());
  }

  @Test
  void aPluginIsToldWhatItAskedForAndTheEarlierResult() throws IOException {
    plugin("first", "echo '" + RESULT + "'");
    plugin("second", "echo '" + RESULT + "'");
    NetworkConfiguration network =
        NetworkConfiguration.parseList(
            "test",
            bytes(
                """
                {"cniVersion":"1.0.0","name":"net","plugins":[
                  {"type":"first","capabilities":{"ips":true,"dns":true},"own":"value"},
                  {"type":"second","capabilities":{"portMappings":true,"bandwidth":true,
                   "ips":false}}]}"""));
    plugins.add(network, POD);
    Map<String, Object> first = input("first", "ADD");
    assertEquals("net", first.get("name"));
    assertEquals("1.0.0", first.get("cniVersion"));
    assertEquals("value", first.get("own"));
    assertFalse(first.containsKey("capabilities"));
    assertFalse(first.containsKey("prevResult"));
    assertEquals(
        Map.of("ips", List.of("10.1.0.7/24"), "dns", Map.of("servers", List.of("10.96.0.10"))),
        first.get("runtimeConfig"));
    Map<String, Object> second = input("second", "ADD");
    assertEquals(JSON.std.mapFrom(RESULT), second.get("prevResult"));
    assertEquals(
        Map.of(
            "portMappings",
            List.of(Map.of("hostPort", 8080, "containerPort", 80, "protocol", "tcp"))),
        second.get("runtimeConfig"));
    String environment = Files.readString(dir.resolve("second.ADD.env"));
    for (String line :
        List.of(
            "CNI_COMMAND=ADD",
            "CNI_CONTAINERID=sandbox1",
            "CNI_NETNS=/run/netns/cni-sandbox1",
            "CNI_IFNAME=eth0",
            "CNI_ARGS=IgnoreUnknown=1;K8S_POD_NAME=web",
            "CNI_PATH=" + dir.resolve("none") + ":" + bin)) {
      assertTrue(environment.lines().anyMatch(line::equals), line + " is not in " + environment);
    }
  }

  @Test
  void deletingUsesTheConfigurationAndTheResultOfTheAdd() throws IOException {
    plugin("first", "echo '" + RESULT + "'");
    plugin("second", "true");
    plugins.add(network("1.0.0", "first"), POD);
    CniAttachment bare = new CniAttachment("sandbox1", "", "eth0", List.of(), Map.of());
    plugins.delete(network("1.0.0", "second"), bare);
    assertEquals(List.of("ADD first", "DEL first"), calls());
    assertEquals(JSON.std.mapFrom(RESULT), input("first", "DEL").get("prevResult"));
    assertTrue(
        Files.readString(dir.resolve("first.DEL.env")).contains("K8S_POD_NAME=web"),
        "the arguments of the ADD");
    assertEquals(List.of(), cache.all());
    plugins.delete(network("1.0.0", "second"), bare);
  }

  @Test
  void beforeVersion040ThereIsNoCheckAndNoResultForDelete() throws IOException {
    plugin("first", "echo '" + RESULT.replace("1.0.0", "0.3.1") + "'");
    NetworkConfiguration network = network("0.3.1", "first");
    plugins.add(network, POD);
    plugins.check(network, POD);
    plugins.status(network);
    plugins.delete(network, POD);
    assertEquals(List.of("ADD first", "DEL first"), calls());
    assertNull(input("first", "DEL").get("prevResult"));
  }

  @Test
  void version110HasStatusAndGarbageCollection() throws IOException {
    plugin("first", "[ $CNI_COMMAND != ADD ] || echo '" + RESULT + "'");
    NetworkConfiguration network = network("1.1.0", "first");
    plugins.status(network);
    plugins.add(network, POD);
    CniAttachment gone =
        new CniAttachment("sandbox2", "/run/netns/gone", "eth0", List.of(), Map.of());
    plugins.add(network, gone);
    plugins.collect(network, List.of(POD));
    assertEquals(
        List.of("STATUS first", "ADD first", "ADD first", "DEL first", "GC first"), calls());
    assertEquals(
        List.of(Map.of("containerID", "sandbox1", "ifname", "eth0")),
        input("first", "GC").get("cni.dev/valid-attachments"));
    assertEquals(1, cache.all().size());
  }

  @Test
  void aPluginsErrorIsToldWithItsCode() throws IOException {
    plugin(
        "first",
        "echo '{\"cniVersion\":\"1.0.0\",\"code\":11,\"msg\":\"no lease\",\"details\":\"pool"
            + " full\"}'; exit 1");
    CniException refusal =
        assertThrows(CniException.class, () -> plugins.add(network("1.0.0", "first"), POD));
    assertEquals(CniException.TRY_AGAIN_LATER, refusal.code());
    assertEquals(
        "CNI ADD by plugin first: no lease; pool full (code 11, try again later)",
        refusal.getMessage());
    assertEquals(List.of(), cache.all());
  }

  @Test
  void aPluginThatDiesIsQuoted() throws IOException {
    plugin("first", "echo 'panic: out of cheese' >&2; exit 2");
    String message =
        assertThrows(CniException.class, () -> plugins.add(network("1.0.0", "first"), POD))
            .getMessage();
    assertEquals("CNI ADD by plugin first: exit code 2: panic: out of cheese", message);
  }

  @Test
  void aPluginThatHangsIsEnded() throws IOException {
    plugin("first", "sleep 60");
    CniNetwork impatient = new CniNetwork(List.of(bin), cache, Duration.ofMillis(300));
    String message =
        assertThrows(CniException.class, () -> impatient.add(network("1.0.0", "first"), POD))
            .getMessage();
    assertTrue(message.contains("no answer within"), message);
  }

  @Test
  void aMissingPluginIsANetworkThatIsNotReady() {
    String message =
        assertThrows(CniException.class, () -> plugins.status(network("1.0.0", "absent")))
            .getMessage();
    assertTrue(message.contains("absent not found in"), message);
    assertTrue(message.contains(bin.toString()), message);
  }

  @Test
  void aStatusErrorIsPassedOn() throws IOException {
    plugin("first", "echo '{\"code\":50,\"msg\":\"agent is down\"}'; exit 1");
    CniException refusal =
        assertThrows(CniException.class, () -> plugins.status(network("1.1.0", "first")));
    assertEquals(CniException.NOT_AVAILABLE, refusal.code());
  }

  private void plugin(String name, String script) throws IOException {
    String text =
        """
        #!/bin/sh
        echo "$CNI_COMMAND %1$s" >> %2$s/log
        env > %2$s/%1$s.$CNI_COMMAND.env
        cat > %2$s/%1$s.$CNI_COMMAND.json
        %3$s
        """
            .formatted(name, dir, script);
    Files.writeString(bin.resolve(name), text);
    Files.setPosixFilePermissions(bin.resolve(name), PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static NetworkConfiguration network(String version, String... types) throws CniException {
    StringBuilder plugins = new StringBuilder();
    for (String type : types) {
      plugins.append(plugins.isEmpty() ? "" : ",").append("{\"type\":\"" + type + "\"}");
    }
    return NetworkConfiguration.parseList(
        "test",
        bytes(
            "{\"cniVersion\":\"" + version + "\",\"name\":\"net\",\"plugins\":[" + plugins + "]}"));
  }

  private List<String> calls() throws IOException {
    return Files.readAllLines(log);
  }

  private Map<String, Object> input(String plugin, String command) throws IOException {
    return JSON.std.mapFrom(Files.readAllBytes(dir.resolve(plugin + "." + command + ".json")));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
