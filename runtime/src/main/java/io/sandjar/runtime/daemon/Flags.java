package io.sandjar.runtime.daemon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The daemon's command line: where the config file is, and the keys that win over it.
 *
 * @param task what is to be done instead of serving
 * @param values what was given, by flag
 */
record Flags(Task task, Map<String, String> values) {
  static final Path DEFAULT_CONFIG = Path.of("/etc/sandjar/config.yaml");

  static final String USAGE =
      """
      Runs the Sandjar daemon in the foreground.

      Usage: sandjar daemon [flags]

      Flags:
        --config FILE         the config file (%s, if it exists)
        --root FOLDER         what survives a reboot: images, containers, pods
        --state FOLDER        what does not: pids, sockets, mounts
        --listen SOCKET       the CRI socket
        --http-listen SOCKET  the HTTP API's socket
        --log-level LEVEL     debug, info, warning or error
        --check               looks for what keeps pods from running here, and does not start
        --reset               ends every pod and removes the bridge and all else that a daemon
                              has made of the kernel; needs a daemon that does not run
        --help                this text

      A flag wins over the config file.
      """
          .formatted(DEFAULT_CONFIG);

  /** What a daemon's process does. */
  enum Task {
    SERVE,
    /** Only prints the usage. */
    HELP,
    /** Only looks at the machine. */
    CHECK,
    /** Only ends every pod, and gives back what earlier daemons made of the kernel. */
    RESET
  }

  private static final String CONFIG = "--config";

  /** The keys of the config file that a flag sets. */
  private static final Map<String, String> KEYS =
      Map.of(
          "--root", "root",
          "--state", "state",
          "--listen", "listen",
          "--http-listen", "httpListen",
          "--log-level", "logLevel");

  static Flags parse(List<String> arguments) throws ConfigException {
    var values = new LinkedHashMap<String, String>();
    Task task = Task.SERVE;
    var rest = arguments.iterator();
    while (rest.hasNext()) {
      var argument = rest.next();
      if (argument.equals("--help") || argument.equals("-h")) {
        return new Flags(Task.HELP, Map.of());
      }
      if (argument.equals("--check") || argument.equals("--reset")) {
        task = argument.equals("--check") ? Task.CHECK : Task.RESET;
        continue;
      }
      int equals = argument.indexOf('=');
      var flag = equals < 0 ? argument : argument.substring(0, equals);
      if (!flag.equals(CONFIG) && !KEYS.containsKey(flag)) {
        throw new ConfigException(
            "unknown flag or argument: " + argument + " (see sandjar daemon --help)");
      }
      if (equals < 0 && !rest.hasNext()) {
        throw new ConfigException(flag + " needs a value");
      }
      values.put(flag, equals < 0 ? rest.next() : argument.substring(equals + 1));
    }
    return new Flags(task, Map.copyOf(values));
  }

  /** The config file's settings, with these flags over them. */
  Config config() throws ConfigException {
    var file = Optional.ofNullable(values.get(CONFIG)).map(Path::of).orElse(DEFAULT_CONFIG);
    var yaml = YamlSection.parse(file.toString(), text(file));
    values.forEach(
        (flag, value) -> {
          if (!flag.equals(CONFIG)) {
            yaml.override(KEYS.get(flag), flag, value);
          }
        });
    return Config.read(yaml);
  }

  /** Only a file that was asked for must exist. */
  private String text(Path file) throws ConfigException {
    try {
      return Files.readString(file);
    } catch (NoSuchFileException missing) {
      if (!values.containsKey(CONFIG)) {
        return "";
      }
      throw new ConfigException("read the config file " + file + ": no such file");
    } catch (IOException e) {
      throw new ConfigException("read the config file " + file + ": " + e);
    }
  }
}
