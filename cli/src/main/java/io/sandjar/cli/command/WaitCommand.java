package io.sandjar.cli.command;

import io.sandjar.cli.CommandException;
import io.sandjar.cli.Context;
import io.sandjar.cli.kube.FilesOption;
import io.sandjar.cli.kube.KubeApi;
import io.sandjar.cli.kube.NamespacesOption;
import io.sandjar.cli.kube.ObjectFinder;
import io.sandjar.cli.kube.ObjectOutput;
import io.sandjar.cli.kube.ObjectRef;
import io.sandjar.cli.kube.ObjectWatch;
import io.sandjar.cli.kube.SelectorOption;
import io.sandjar.cli.output.Durations;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Waits until objects are as wanted. */
@Command(
    name = "wait",
    description = {
      "Waits until objects are as wanted.",
      "",
      "  sandjar wait --for=condition=Ready pod/echo --timeout=60s",
      "  sandjar wait --for=jsonpath='{.status.phase}'=Running pods -l app=echo",
      "  sandjar wait --for=delete pod/gone"
    })
public final class WaitCommand implements Callable<Integer> {
  private final Context context;
  private final KubeApi api;

  @Parameters(arity = "0..*", paramLabel = "TYPE[/NAME]", description = "The objects.")
  private List<String> words = List.of();

  @Mixin private FilesOption files;
  @Mixin private NamespacesOption namespace;
  @Mixin private SelectorOption selector;

  @Option(names = "--all", description = "All of the type.")
  private boolean all;

  @Option(
      names = "--for",
      required = true,
      paramLabel = "WHAT",
      description = "create, delete, condition=NAME[=VALUE] or jsonpath='{PATH}'[=VALUE].")
  private String wanted;

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      description = "The longest wait, such as 60s (30s); 0 looks once.")
  private String timeout = "30s";

  public WaitCommand(Context context) {
    this.context = context;
    this.api = new KubeApi(context);
  }

  @Override
  public Integer call() throws IOException {
    var condition = condition();
    var finder = new ObjectFinder(api, namespace, selector);
    var objects = files.isGiven() ? finder.of(files.read(context)) : finder.find(words, all);
    boolean deletion = wanted.equals("delete");
    if (objects.isEmpty() && !deletion) {
      throw new CommandException("no matching resources found");
    }
    int status = 0;
    for (var object : objects) {
      if (deletion && api.find(object.path()).isEmpty()) {
        continue;
      }
      if (!deletion && !wanted.equals("create")) {
        api.get(object.path()); // what is not there is refused, not waited for
      }
      status |= await(object, condition);
    }
    return status;
  }

  private int await(ObjectRef object, Predicate<Optional<Map<String, Object>>> condition)
      throws IOException {
    var longest = OptionalLong.of(timeout.startsWith("-") ? 7 * 86_400 : seconds());
    if (ObjectWatch.await(api, object, longest, condition)) {
      context.out().println(object.shown() + " condition met");
      context.out().flush();
      return 0;
    }
    context
        .err()
        .println(
            "error: timed out waiting for the condition on "
                + object.type().plural()
                + "/"
                + object.name());
    context.err().flush();
    return 1;
  }

  private long seconds() {
    return Durations.seconds("--timeout", timeout);
  }

  private Predicate<Optional<Map<String, Object>>> condition() {
    if (wanted.equals("delete")) {
      return Optional::isEmpty;
    }
    if (wanted.equals("create")) {
      return Optional::isPresent;
    }
    if (wanted.startsWith("condition=")) {
      var parts = wanted.substring("condition=".length()).split("=", 2);
      var value = parts.length > 1 ? parts[1] : "True";
      return state -> state.isPresent() && hasCondition(state.get(), parts[0], value);
    }
    if (wanted.startsWith("jsonpath=")) {
      return ofPath(wanted.substring("jsonpath=".length()));
    }
    throw new CommandException(
        "unrecognized condition: \""
            + wanted
            + "\"; use create, delete, condition=NAME or jsonpath={PATH}=VALUE");
  }

  private static boolean hasCondition(Map<String, Object> object, String type, String value) {
    return KubeApi.maps(KubeApi.map(object, "status"), "conditions").stream()
        .filter(condition -> type.equalsIgnoreCase(String.valueOf(condition.get("type"))))
        .anyMatch(condition -> value.equalsIgnoreCase(String.valueOf(condition.get("status"))));
  }

  private static Predicate<Optional<Map<String, Object>>> ofPath(String text) {
    int close = text.lastIndexOf('}');
    int equals = text.indexOf('=', Math.max(close, 0));
    var path = equals < 0 ? text : text.substring(0, equals);
    var value = equals < 0 ? "" : text.substring(equals + 1);
    return state -> {
      if (state.isEmpty()) {
        return false;
      }
      var found = ObjectOutput.text("jsonpath=" + path, state.get());
      return equals < 0 ? !found.isEmpty() : found.equals(value);
    };
  }
}
