package io.sandjar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.Range;

/** The table of options says what the annotations say, and reading by it does what picocli does. */
class OptionTableTest {
  private final Context context =
      new Context(
          InputStream.nullInputStream(),
          new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8),
          new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8),
          Map.of());

  /** {@code mvn test -Dtest=OptionTableTest -Dgolden.update=true} writes it anew. */
  @Test
  void theTableSaysWhatTheAnnotationsSay() throws IOException {
    var text = new StringBuilder();
    for (var entry : Commands.all()) {
      table(entry).ifPresent(text::append);
    }
    if (Boolean.getBoolean("golden.update")) {
      var file = Lab.checkout().resolve("cli/src/main/java/io/sandjar/cli/OptionTableText.java");
      var source = Files.readString(file);
      var quotes = "\"\"\"";
      int from = source.indexOf(quotes) + quotes.length();
      int to = source.indexOf(quotes, from);
      var rows = text.toString().indent(6);
      Files.writeString(
          file, source.substring(0, from) + "\n\n" + rows + " ".repeat(6) + source.substring(to));
    }
    assertEquals("\n" + text, OptionTableText.TEXT);
  }

  /** Groups and what runs elsewhere are left to picocli. */
  private Optional<String> table(Commands.Entry entry) {
    if (!(entry.command(context) instanceof Callable<?> command)) {
      return Optional.empty();
    }
    var paths = new LinkedHashMap<Field, List<String>>();
    collectFields(command.getClass(), List.of(), paths);
    var spec = CommandSpec.forAnnotatedObject(command);
    assertTrue(spec.subcommands().isEmpty(), entry.name());
    assertFalse(spec.parser().stopAtPositional(), entry.name());
    var text = new StringBuilder(entry.name() + "\n");
    for (var option : spec.options()) {
      text.append("  ").append(row(option, paths)).append('\n');
    }
    for (var argument : spec.positionalParameters()) {
      text.append("  ").append(row(argument, paths)).append('\n');
    }
    return Optional.of(text.toString());
  }

  private static void collectFields(
      Class<?> type, List<String> prefix, Map<Field, List<String>> into) {
    for (var at = type; at != null; at = at.getSuperclass()) {
      for (var field : at.getDeclaredFields()) {
        var path = new ArrayList<>(prefix);
        path.add(field.getName());
        into.put(field, path);
        if (field.isAnnotationPresent(Mixin.class)) {
          collectFields(field.getType(), path, into);
        }
      }
    }
  }

  private static OptionTable.Row row(ArgSpec spec, Map<Field, List<String>> paths) {
    var field = (Field) spec.userObject();
    assertFalse(spec.interactive(), field::toString);
    assertTrue(spec.splitRegex().isEmpty() || spec.splitRegex().equals(","), field::toString);
    assertEquals(0, spec.converters().length, field::toString);
    // Where there is one it only says in the help what the field begins with.
    Object first = spec.getValue();
    boolean same = spec.defaultValue() == null || spec.defaultValue().equals("" + first);
    assertTrue(same, field::toString);
    if (spec instanceof OptionSpec option) {
      int values = field.getType() == boolean.class ? 0 : 1;
      assertEquals(Range.valueOf(String.valueOf(values)), option.arity(), field::toString);
      assertEquals(
          spec.defaultValue() == null ? "" : "true", option.fallbackValue(), field::toString);
    }
    return new OptionTable.Row(
        spec instanceof OptionSpec option ? List.of(option.names()) : List.of(),
        spec instanceof PositionalParamSpec argument ? argument.index().min() : 0,
        spec instanceof PositionalParamSpec argument ? end(argument) : Integer.MAX_VALUE,
        spec.required(),
        !spec.splitRegex().isEmpty(),
        paths.get(field));
  }

  private static int end(PositionalParamSpec argument) {
    int most = argument.arity().max();
    return most == Integer.MAX_VALUE ? most : argument.index().min() + most;
  }

  @Test
  void whatIsReadByTheTableIsWhatPicocliReads() throws ReflectiveOperationException {
    for (var line :
        List.of(
            "get pods",
            "get pod/echo -o yaml",
            "get pods -A -l app=web -o wide",
            "get pods,cm --show-labels -La,b -L c -owide --sort-by=.metadata.name",
            "get -f a,b -f - --socket=/x -v",
            "get pods -w -o=json --field-selector a=b --socket /x",
            "version --client -o yaml",
            "logs -f --tail=5 --since 10s echo app",
            "logs echo -c app --timestamps -p",
            "delete pods a b c --grace-period=0 --force",
            "delete pods --all --wait --timeout 5s",
            "run web --image=nginx --port=80 --labels=app=web,b=c --env A=1 --env=B=2",
            "run -it --rm try --image=busybox --restart=Never -- sh -c true",
            "exec -it counter -c app -- sh -c --x",
            "exec web -- curl -d @body.json URL",
            "get @file",
            "label pods p a=b c- --overwrite",
            "top pods --containers --sort-by=memory",
            "cp a b:/c -c app",
            "port-forward echo 8080:3000 1:2",
            "wait --for=condition=Ready pod/echo --timeout=60s",
            "apply -f pod.yaml --dry-run=server -n x",
            "explain pod.spec",
            "edit pod redis",
            "describe pod/echo -nkube-system",
            "events --types=Warning,Normal -A",
            "plan -f pod.yaml counter/app -n x",
            "plan --image busybox --user 1000 --cap-drop ALL -- sleep 10")) {
      var words = List.of(line.split(" "));
      var entry = Commands.named(words.get(0)).orElseThrow();
      var arguments = words.subList(1, words.size());
      var quick = entry.command(context);
      var table = OptionTable.of(entry.name()).orElseThrow();
      assertTrue(QuickReader.read(quick, table, arguments, context), line);
      assertEquals(fields(byPicocli(entry, words)), fields(quick), line);
    }
  }

  @Test
  void whatIsWrongOrUnusualIsLeftToPicocli() {
    for (var line :
        List.of(
            "get --nonsense",
            "get pods --help",
            "get pods -h",
            "get pods -o",
            "get pods -o yaml -o json",
            "get pods -o -w",
            "get pods -w=false",
            "get pods --watch=false",
            "get pods -wx",
            "get pods -L a,",
            "get pods -vv",
            "get pods -v --verbose",
            "get pods --socket a --socket=b",
            "run web",
            "run --image=x",
            "cp a",
            "cp a b c",
            "logs a b c",
            "attach a b",
            "logs echo --tail=x",
            "logs echo --tail",
            "delete pods --no-wait")) {
      var words = List.of(line.split(" "));
      var entry = Commands.named(words.get(0)).orElseThrow();
      var table = OptionTable.of(entry.name()).orElseThrow();
      var arguments = words.subList(1, words.size());
      assertFalse(QuickReader.read(entry.command(context), table, arguments, context), line);
    }
  }

  private Object byPicocli(Commands.Entry entry, List<String> words) {
    CommandLine line = new Main(context).line(List.of(entry));
    return line.parseArgs(words.toArray(String[]::new)).subcommand().commandSpec().userObject();
  }

  /** Every option's value by its name, of the command and of what it mixes in. */
  private static Map<String, Object> fields(Object of) throws ReflectiveOperationException {
    var values = new LinkedHashMap<String, Object>();
    for (Class<?> at = of.getClass(); at != null; at = at.getSuperclass()) {
      for (var field : at.getDeclaredFields()) {
        if (field.getAnnotations().length > 0 && !Modifier.isStatic(field.getModifiers())) {
          field.setAccessible(true);
          var value = field.get(of);
          boolean mixed = field.isAnnotationPresent(Mixin.class) && value != null;
          values.put(field.getName(), mixed ? fields(value) : value);
        }
      }
    }
    return values;
  }
}
