package io.sandjar.runtime.container;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.EngineException.Kind;
import io.sandjar.runtime.image.ImageConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a container runs: the image's word where the spec says nothing. */
final class Commands {
  private static final String PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  /** What nearly every terminal understands. */
  static final String TERMINAL_TYPE = "xterm";

  private Commands() {}

  static List<String> args(ContainerSpec spec, ImageConfig image) {
    List<String> args = new ArrayList<>();
    if (spec.command().isEmpty()) {
      args.addAll(image.entrypoint());
      args.addAll(spec.args().isEmpty() ? image.cmd() : spec.args());
    } else {
      args.addAll(spec.command());
      args.addAll(spec.args());
    }
    if (args.isEmpty() || args.get(0).isEmpty()) {
      throw new EngineException(
          Kind.INVALID_ARGUMENT,
          "container "
              + spec.name().name()
              + " has no command: neither its spec nor the image "
              + spec.image().image()
              + " names one");
    }
    return args;
  }

  static String workingDirectory(ContainerSpec spec, ImageConfig image) {
    return spec.workingDirectory().isEmpty() ? image.workingDir() : spec.workingDirectory();
  }

  /**
   * The environment as {@code NAME=value}; a later source wins.
   *
   * @param home of the user that the container runs as
   */
  static List<String> environment(
      ContainerSpec spec, ImageConfig image, String hostname, String home) {
    Map<String, String> environment = new LinkedHashMap<>();
    environment.put("PATH", PATH);
    environment.put("HOSTNAME", hostname);
    if (spec.tty()) {
      environment.put("TERM", TERMINAL_TYPE);
    }
    environment.put("HOME", home);
    for (String entry : image.env()) {
      int equals = entry.indexOf('=');
      if (equals > 0) {
        environment.put(entry.substring(0, equals), entry.substring(equals + 1));
      }
    }
    spec.environment().forEach(variable -> environment.put(variable.name(), variable.value()));
    return environment.entrySet().stream()
        .map(entry -> entry.getKey() + '=' + entry.getValue())
        .toList();
  }
}
