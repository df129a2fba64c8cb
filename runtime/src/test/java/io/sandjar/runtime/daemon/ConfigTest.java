package io.sandjar.runtime.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

class ConfigTest {
  private static final Path SAMPLE = Path.of("..", "scripts", "etc", "config.yaml");

  @TempDir private Path folder;

  @Test
  void theSampleShowsEveryKeyWithItsDefault() throws Exception {
    assertEquals(parse(""), parse(Files.readString(SAMPLE)));

    var documented = new TreeSet<String>();
    var tree = new Load(LoadSettings.builder().build()).loadFromString(Files.readString(SAMPLE));
    collect("", (Map<?, ?>) tree, documented);
    var existing = new TreeSet<String>();
    collect("", Config.class.getRecordComponents(), existing);
    assertEquals(existing, documented);
  }

  @Test
  void socketsFollowTheStateFolder() throws Exception {
    var config = parse("state: /run/other\n");
    assertEquals(Path.of("/run/other/sandjar.sock"), config.listen());
    assertEquals(Path.of("/run/other/api.sock"), config.httpListen());
  }

  @Test
  void aSocketMayBeWrittenAsKubeletsWriteIt() throws Exception {
    assertEquals(Path.of("/x/y.sock"), parse("listen: unix:///x/y.sock").listen());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "rot: /x|c.yaml:1: rot is not a known key; known here: root, state,",
        "`\nnetwork:\n  mtu: big`|c.yaml:3: network.mtu must be a whole number from 0 to 65535, not 'big'",
        "`network:\n  bridg: x`|c.yaml:2: network.bridg is not a known key; known here: provider,",
        "network: [1]|c.yaml:1: network must be a mapping of keys to values",
        "root: [a]|c.yaml:1: root must be a text, not a list",
        "root: here|c.yaml:1: root must be an absolute path, not 'here'",
        "logLevel: loud|c.yaml:1: logLevel must be one of debug, info, warning, error, not 'loud'",
        "`image:\n  pinned: x`|c.yaml:2: image.pinned must be a list of texts, not 'x'",
        "`log:\n  maxSize: 10MB`|c.yaml:2: log.maxSize must be a number of bytes, such as 16384, 512Ki or 10Mi, not '10MB'",
        "`log:\n  maxSize: 0`|c.yaml:2: log.maxSize must be a number of bytes from 1 on, not '0'",
        "`log:\n  maxSize: 99999999999999999Mi`|c.yaml:2: log.maxSize must be a number of bytes",
        "`network:\n  podCIDR:\n  - 10.0.0.0/24\n  - 10.x`|c.yaml:4: network.podCIDR[1]: '10.x': ",
        "`network:\n  nodeAddress: here`|c.yaml:2: network.nodeAddress: 'here': ",
        "`network:\n  peers: [a]`|c.yaml:2: network.peers[0]: 'a': ",
        "`network:\n  bridge: a-very-long-bridge`|c.yaml:2: network.bridge: 'a-very-long-bridge': a link",
        "`network:\n  bridge: br:0`|c.yaml:2: network.bridge: 'br:0': a link's name has 1 to 15 bytes",
        "`network:\n  bridge: br%d`|c.yaml:2: network.bridge: 'br%d': a link's name has 1 to 15 bytes",
        "`network:\n  bridge: br\u00fccke\u00fc\u00fc\u00fc\u00fc\u00fc`|c.yaml:2: network.bridge: ",
        "`network:\n  peersFile: peers`|c.yaml:2: network.peersFile: 'peers': it must be an absolute path",
        "`stream:\n  address: nowhere`|c.yaml:2: stream.address: 'nowhere': it must be like",
        "`root: /a\nroot: /b`|c.yaml:2: root is given twice",
        "`root: /a\nstate: b: c`|c.yaml:2: not YAML: mapping values are not allowed here",
        "`- a`|c.yaml:1: the file must be a mapping of keys to values",
      })
  void anErrorNamesFileLineAndKey(String yaml, String message) {
    var error = assertThrows(ConfigException.class, () -> parse(yaml));
    assertTrue(error.getMessage().startsWith(message), error.getMessage());
  }

  @Test
  void aFlagWinsOverTheFile() throws Exception {
    var file = folder.resolve("c.yaml");
    Files.writeString(file, "root: /a\nlogLevel: error\n");
    var config =
        Flags.parse(List.of("--config", file.toString(), "--root=/b", "--http-listen", "/c.sock"))
            .config();
    assertEquals(Path.of("/b"), config.root());
    assertEquals(Path.of("/c.sock"), config.httpListen());
    assertEquals(Config.LogLevel.ERROR, config.logLevel());
    assertEquals(Optional.empty(), config.nodeName());
  }

  @Test
  void aWrongFlagIsNamed() throws Exception {
    var file = Files.writeString(folder.resolve("c.yaml"), "").toString();
    assertEquals(
        "--log-level must be one of debug, info, warning, error, not 'x'",
        assertThrows(
                ConfigException.class,
                () -> Flags.parse(List.of("--config", file, "--log-level=x")).config())
            .getMessage());
    assertEquals(
        "unknown flag or argument: --rot (see sandjar daemon --help)",
        assertThrows(ConfigException.class, () -> Flags.parse(List.of("--rot", "x"))).getMessage());
    assertEquals(
        "--root needs a value",
        assertThrows(ConfigException.class, () -> Flags.parse(List.of("--root"))).getMessage());
  }

  @Test
  void aConfigFileThatWasAskedForMustExist() {
    var missing = folder.resolve("none.yaml");
    assertEquals(
        "read the config file " + missing + ": no such file",
        assertThrows(
                ConfigException.class,
                () -> Flags.parse(List.of("--config", missing.toString())).config())
            .getMessage());
  }

  private static Config parse(String yaml) throws ConfigException {
    return Config.read(YamlSection.parse("c.yaml", yaml));
  }

  private static void collect(String prefix, Map<?, ?> tree, TreeSet<String> keys) {
    tree.forEach(
        (key, value) -> {
          if (value instanceof Map<?, ?> section) {
            collect(prefix + key + ".", section, keys);
          } else {
            keys.add(prefix + key);
          }
        });
  }

  private static void collect(String prefix, RecordComponent[] components, TreeSet<String> keys) {
    for (var component : components) {
      if (component.getType().isRecord()) {
        collect(
            prefix + component.getName() + ".", component.getType().getRecordComponents(), keys);
      } else {
        keys.add(prefix + component.getName());
      }
    }
  }
}
