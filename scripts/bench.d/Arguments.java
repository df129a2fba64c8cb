package bench;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A benchmark's options, each {@code --name value}; {@code --json FILE} is one of all of them. */
public final class Arguments {
  private final Map<String, String> values = new HashMap<>();

  /**
   * @param known the options that this benchmark takes beside --json, without their dashes
   */
  public Arguments(String[] arguments, String... known) {
    var names = Set.of(known);
    for (int i = 0; i < arguments.length; i += 2) {
      var name = arguments[i].replaceFirst("^--", "");
      if (!arguments[i].startsWith("--") || !name.equals("json") && !names.contains(name)) {
        throw refused("unknown option " + arguments[i]);
      }
      if (i + 1 == arguments.length) {
        throw refused(arguments[i] + " needs a value");
      }
      values.put(name, arguments[i + 1]);
    }
  }

  private static RuntimeException refused(String message) {
    System.err.println("bench: " + message);
    System.exit(2);
    return new IllegalArgumentException(message);
  }

  public Optional<Path> json() {
    return text("json").map(Path::of);
  }

  public Optional<String> text(String name) {
    return Optional.ofNullable(values.get(name));
  }

  public int number(String name, int otherwise) {
    return text(name).map(Integer::parseInt).orElse(otherwise);
  }
}
