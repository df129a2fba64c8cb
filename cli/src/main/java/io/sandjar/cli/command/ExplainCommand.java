package io.sandjar.cli.command;

import io.sandjar.cli.Context;
import io.sandjar.cli.explain.Explanation;
import io.sandjar.cli.kube.KubeApi;
import io.sandjar.cli.kube.ResourceType;
import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Tells what a field of a manifest is for. */
@Command(
    name = "explain",
    description = {
      "Tells what a kind or a field of it is for, from the schema that checks manifests.",
      "",
      "  sandjar explain pod",
      "  sandjar explain pod.spec.containers.livenessProbe",
      "  sandjar explain pod.spec --recursive"
    })
public final class ExplainCommand implements Callable<Integer> {
  private final Context context;

  @Parameters(paramLabel = "TYPE[.FIELD...]", description = "A type, and fields that lead on.")
  private String path;

  @Option(names = "--recursive", description = "All fields below, by name and type only.")
  private boolean recursive;

  public ExplainCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() throws IOException {
    var words = Arrays.stream(path.split("\\.")).filter(word -> !word.isEmpty()).toList();
    var type = ResourceType.named(words.isEmpty() ? path : words.get(0));
    var document = new KubeApi(context).get("/openapi/v3/api/v1");
    context
        .out()
        .print(Explanation.of(document, type.kind(), words.subList(1, words.size()), recursive));
    return 0;
  }
}
