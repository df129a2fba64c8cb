package io.sandjar.cli;

import io.sandjar.cli.OptionTable.Row;
import java.lang.reflect.Field;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * Sets the fields of a command from its words as picocli would, but without loading picocli. It
 * knows only what is ordinary and right: all else is left to picocli, which has words for what is
 * wrong.
 */
final class QuickReader {
  private final Object command;
  private final OptionTable table;
  private final Map<Row, List<String>> given = new IdentityHashMap<>();
  private final List<String> arguments = new ArrayList<>();
  private String socket;
  private boolean verbose;

  /** These words are for picocli. */
  private static final class Unusual extends Exception {
    private static final long serialVersionUID = 1L;

    Unusual() {
      super("left to picocli", null, false, false);
    }
  }

  private QuickReader(Object command, OptionTable table) {
    this.command = command;
    this.table = table;
  }

  /**
   * @param words what follows the command's name
   * @return whether the command is ready to be called; if not, it must not be used
   */
  static boolean read(Object command, OptionTable table, List<String> words, Context context) {
    try {
      var reader = new QuickReader(command, table);
      reader.sort(words);
      reader.assign();
      if (reader.socket != null) {
        context.socketOption(Path.of(reader.socket));
      }
      context.verbose(reader.verbose);
      return true;
    } catch (Unusual | ReflectiveOperationException | IllegalArgumentException forPicocli) {
      return false;
    }
  }

  /** Tells options with their values from arguments. */
  private void sort(List<String> words) throws Unusual, ReflectiveOperationException {
    boolean options = true;
    for (int i = 0; i < words.size(); i++) {
      var word = words.get(i);
      if (word.isEmpty()) {
        throw new Unusual();
      } else if (options && word.equals("--")) {
        options = false;
      } else if (options && word.startsWith("-")) {
        i += option(word, i + 1 < words.size() ? words.get(i + 1) : "") ? 1 : 0;
      } else {
        arguments.add(word);
      }
    }
  }

  /**
   * Takes {@code --all}, {@code --tail=5}, {@code --tail 5}, {@code -n x}, {@code -nx}, {@code
   * -n=x} and {@code -it}.
   *
   * @return whether the next word was its value
   */
  private boolean option(String word, String next) throws Unusual, ReflectiveOperationException {
    int equals = word.indexOf('=');
    boolean single = !word.startsWith("--");
    var name = single ? word.substring(0, Math.min(2, word.length())) : upTo(word, equals);
    var attached = word.substring(name.length());
    var value = attached.startsWith("=") ? attached.substring(1) : attached;
    if (isFlag(name)) {
      if (!single && !attached.isEmpty()) {
        throw new Unusual();
      }
      give(name, "true");
      for (int i = 0; i < attached.length(); i++) {
        if (!isFlag("-" + attached.charAt(i))) {
          throw new Unusual();
        }
        give("-" + attached.charAt(i), "true");
      }
      return false;
    }
    if (!attached.isEmpty()) {
      give(name, value);
      return false;
    }
    if (next.startsWith("-") && !next.equals("-")) {
      throw new Unusual(); // most likely an option whose value was forgotten
    }
    give(name, next);
    return true;
  }

  private static String upTo(String word, int end) {
    return end < 0 ? word : word.substring(0, end);
  }

  private boolean isFlag(String name) throws Unusual, ReflectiveOperationException {
    return SandjarCommand.VERBOSE.contains(name)
        || !name.equals(SandjarCommand.SOCKET) && field(row(name)).getType() == boolean.class;
  }

  private Row row(String name) throws Unusual {
    return table.option(name).orElseThrow(Unusual::new);
  }

  private void give(String name, String value) throws Unusual, ReflectiveOperationException {
    boolean tells = SandjarCommand.VERBOSE.contains(name);
    boolean reaches = name.equals(SandjarCommand.SOCKET);
    if (value.isEmpty() || tells && verbose || reaches && socket != null) {
      throw new Unusual(); // each only once
    }
    if (tells) {
      verbose = true;
    } else if (reaches) {
      socket = value;
    } else {
      give(row(name), value);
    }
  }

  private void give(Row row, String value) throws Unusual, ReflectiveOperationException {
    var values = given.get(row);
    if (values == null) {
      values = new ArrayList<>();
      given.put(row, values);
    } else if (field(row).getType() != List.class) {
      throw new Unusual(); // only once
    }
    if (!row.split()) {
      values.add(value);
      return;
    }
    for (var part : value.split(",", -1)) {
      if (part.isEmpty() || part.indexOf('"') >= 0) {
        throw new Unusual();
      }
      values.add(part);
    }
  }

  private void assign() throws Unusual, ReflectiveOperationException {
    int taken = 0;
    for (var row : table.rows()) {
      var values = given.getOrDefault(row, List.of());
      var field = field(row); // with the set of options that it is in, whether or not one is given
      if (row.names().isEmpty()) {
        int end = Math.min(row.to(), arguments.size());
        values = arguments.subList(Math.min(row.from(), end), end);
        taken = Math.max(taken, end);
      }
      if (!values.isEmpty()) {
        field.set(
            holder(row),
            field.getType() == List.class ? values : value(values.get(0), field.getType()));
      } else if (row.required()) {
        throw new Unusual();
      }
    }
    if (taken < arguments.size()) {
      throw new Unusual();
    }
  }

  private static Object value(String text, Class<?> type) throws Unusual {
    if (type == String.class) {
      return text;
    }
    if (type == boolean.class) {
      return true;
    }
    if (type == Path.class) {
      return Path.of(text);
    }
    if (type == int.class || type == Integer.class) {
      return Integer.valueOf(text);
    }
    throw new Unusual();
  }

  private Field field(Row row) throws ReflectiveOperationException {
    return field(holder(row).getClass(), row.field().get(row.field().size() - 1));
  }

  /** The command, or that one of its sets of options which has the row's field. */
  private Object holder(Row row) throws ReflectiveOperationException {
    var holder = command;
    for (var name : row.field().subList(0, row.field().size() - 1)) {
      var field = field(holder.getClass(), name);
      if (field.get(holder) == null) {
        var constructor = field.getType().getDeclaredConstructor();
        constructor.setAccessible(true);
        field.set(holder, constructor.newInstance());
      }
      holder = field.get(holder);
    }
    return holder;
  }

  private static Field field(Class<?> type, String name) throws NoSuchFieldException {
    for (var at = type; at != null; at = at.getSuperclass()) {
      for (var field : at.getDeclaredFields()) {
        if (field.getName().equals(name)) {
          field.setAccessible(true);
          return field;
        }
      }
    }
    throw new NoSuchFieldException(type + " has no field " + name);
  }
}
