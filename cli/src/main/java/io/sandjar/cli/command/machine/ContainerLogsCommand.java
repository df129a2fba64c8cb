package io.sandjar.cli.command.machine;

import io.sandjar.cli.Context;
import io.sandjar.cli.command.LogOptions;
import io.sandjar.cli.http.HttpRequest;
import io.sandjar.cli.kube.KubeApi;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Prints what a container has written. */
@Command(
    name = "logs",
    description = {
      "Prints what a container has written.",
      "",
      "  sandjar container logs sh",
      "  sandjar container logs -f --tail 20 sh"
    })
final class ContainerLogsCommand implements Callable<Integer> {
  private final Context context;

  @Mixin private LogOptions options;

  @Parameters(paramLabel = "CONTAINER", description = "A name or an id.")
  private String container;

  ContainerLogsCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() throws IOException {
    var path =
        MachineApi.container(container) + "/log" + KubeApi.query(options.query(LogOptions.ALL));
    try (var response = context.ask(HttpRequest.get(path))) {
      LogOptions.copy(context, response);
    }
    return 0;
  }
}
