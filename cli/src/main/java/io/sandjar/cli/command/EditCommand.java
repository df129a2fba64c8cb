package io.sandjar.cli.command;

import io.sandjar.cli.CommandException;
import io.sandjar.cli.Context;
import io.sandjar.cli.ServerException;
import io.sandjar.cli.kube.KubeApi;
import io.sandjar.cli.kube.Manifests;
import io.sandjar.cli.kube.MergePatch;
import io.sandjar.cli.kube.NamespaceOption;
import io.sandjar.cli.kube.ObjectFinder;
import io.sandjar.cli.kube.ObjectOutput;
import io.sandjar.cli.kube.ObjectRef;
import io.sandjar.cli.kube.SelectorOption;
import io.sandjar.cli.output.Documents;
import io.sandjar.cli.terminal.Signals;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Changes objects in an editor. */
@Command(
    name = "edit",
    description = {
      "Opens an object in $KUBE_EDITOR or $EDITOR (vi), and makes it what was saved.",
      "",
      "  sandjar edit pod redis",
      "  EDITOR=nano sandjar edit configmap colors"
    })
public final class EditCommand implements Callable<Integer> {
  private static final String HEAD =
      """
      # Please edit the object below. Lines beginning with a '#' will be ignored,
      # and an empty file will abort the edit. If an error occurs while saving this file will be
      # reopened with the relevant failures.
      #
      """;

  private final Context context;
  private final KubeApi api;

  @Parameters(arity = "1..*", paramLabel = "TYPE[/NAME]", description = "The objects.")
  private List<String> words;

  @Mixin private NamespaceOption namespace;

  public EditCommand(Context context) {
    this.context = context;
    this.api = new KubeApi(context);
  }

  @Override
  public Integer call() throws IOException {
    var objects = new ObjectFinder(api, namespace, new SelectorOption()).find(words, false);
    int status = 0;
    for (var object : objects) {
      status |= edit(object);
    }
    return status;
  }

  private int edit(ObjectRef ref) throws IOException {
    var file = Files.createTempFile("sandjar-edit-", ".yaml");
    boolean keep = false;
    try {
      var text = text(ref);
      var problem = "";
      while (true) {
        var shown = HEAD + problem + text;
        Files.writeString(file, shown);
        open(file);
        var saved = uncommented(Files.readString(file));
        if (saved.isBlank()) {
          context.err().println("Edit cancelled, saved file was empty.");
          return 1;
        }
        if (saved.equals(uncommented(shown))) {
          keep = !problem.isEmpty();
          return cancelled(file, keep);
        }
        text = saved;
        try {
          var after = submit(ref, saved);
          context.out().println(ref.shown() + (after ? " edited" : " skipped"));
          return 0;
        } catch (ServerException | CommandException e) {
          problem = problem(ref, e.getMessage());
          var said = e instanceof ServerException refusal ? refusal.said() : e.getMessage();
          context.err().println("error: " + ref.shown() + " is not valid: " + said);
          context.err().flush();
        }
      }
    } finally {
      if (!keep) {
        Files.deleteIfExists(file);
      }
    }
  }

  private int cancelled(Path file, boolean keep) {
    if (keep) {
      context.out().println("A copy of your changes has been stored to \"" + file + "\"");
      context.out().flush();
      context.err().println("error: Edit cancelled, no valid changes were saved.");
      return 1;
    }
    context.err().println("Edit cancelled, no changes made.");
    return 0;
  }

  private String text(ObjectRef ref) throws IOException {
    var object = api.get(ref.path());
    ObjectOutput.dropManagedFields(object);
    return Documents.yaml(Documents.sorted(object));
  }

  private static String problem(ObjectRef ref, String message) {
    return "# "
        + ref.shown()
        + " was not valid:\n"
        + message.lines().map(line -> "# * " + line + "\n").collect(Collectors.joining())
        + "#\n";
  }

  private static String uncommented(String text) {
    return text.lines()
        .filter(line -> !line.startsWith("#"))
        .map(line -> line + "\n")
        .collect(Collectors.joining());
  }

  /** Sends what differs from the object as it is now; false where that is nothing. */
  private boolean submit(ObjectRef ref, String saved) throws IOException {
    var objects = new Manifests(InputStream.nullInputStream()).parse(ref.shown(), saved);
    if (objects.size() != 1
        || !ref.name().equals(KubeApi.metadata(objects.get(0), "name"))
        || !ref.type().kind().equals(objects.get(0).get("kind"))) {
      throw new CommandException("at most one object, with the kind and name that it had");
    }
    var before = api.get(ref.path());
    ObjectOutput.dropManagedFields(before);
    Map<String, Object> patch = MergePatch.between(before, objects.get(0));
    if (patch.isEmpty()) {
      return false;
    }
    api.merge(ref.path(), patch);
    return true;
  }

  @SuppressWarnings("try") // the handler is only there to be ended
  private void open(Path file) throws IOException {
    var editor =
        context
            .environment("KUBE_EDITOR")
            .or(() -> context.environment("EDITOR"))
            .or(() -> context.environment("VISUAL"))
            .orElse("vi");
    // By a shell, since it may have arguments; and a Ctrl-C in it is for it alone.
    var command = List.of("sh", "-c", editor + " \"$1\"", "sh", file.toString());
    try (var interrupt = Signals.on("INT", () -> {})) {
      int status = new ProcessBuilder(command).inheritIO().start().waitFor();
      if (status != 0) {
        throw new IOException("the editor " + editor + " ended with status " + status);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while " + editor + " was open", e);
    }
  }
}
