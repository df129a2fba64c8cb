package io.sandjar.cli.command;

import io.sandjar.cli.Build;
import io.sandjar.cli.CommandException;
import io.sandjar.cli.Context;
import io.sandjar.cli.http.HttpRequest;
import io.sandjar.cli.output.Documents;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Prints which builds of the command and of the daemon are at work. */
@Command(
    name = "version",
    description = {
      "Prints the versions of the command and of the daemon it talks to.",
      "",
      "  sandjar version"
    })
public final class VersionCommand implements Callable<Integer> {
  private static final Map<String, String> LABELS =
      Map.of("clientVersion", "Client Version", "serverVersion", "Server Version");

  private final Context context;

  @Option(names = "--client", description = "Only the command's own version.")
  private boolean clientOnly;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      description = "json or yaml.")
  private String output;

  public VersionCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() throws IOException {
    var tree = new LinkedHashMap<String, Object>();
    tree.put("clientVersion", client());
    IOException unreachable = null;
    if (!clientOnly) {
      try {
        tree.put("serverVersion", server());
      } catch (IOException e) {
        unreachable = e;
      }
    }
    print(tree);
    if (unreachable != null) {
      throw unreachable;
    }
    return 0;
  }

  private static Map<String, Object> client() {
    var version = new LinkedHashMap<String, Object>();
    version.put("sandjarVersion", Build.current().version());
    version.put("javaVersion", Runtime.version().toString());
    return version;
  }

  private Map<String, Object> server() throws IOException {
    return context.askJson(HttpRequest.get("/version"));
  }

  private void print(Map<String, Object> tree) {
    if (output == null) {
      // Plain concatenation: a Formatter would take longer to load than all else here.
      tree.forEach(
          (side, version) ->
              context
                  .out()
                  .println(LABELS.get(side) + ": " + ((Map<?, ?>) version).get("sandjarVersion")));
      return;
    }
    context
        .out()
        .print(
            switch (output) {
              case "json" -> Documents.json(tree);
              case "yaml" -> Documents.yaml(tree);
              default ->
                  throw new CommandException("--output must be json or yaml, not '" + output + "'");
            });
  }
}
