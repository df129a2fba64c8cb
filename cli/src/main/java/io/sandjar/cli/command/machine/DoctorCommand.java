package io.sandjar.cli.command.machine;

import io.sandjar.cli.Context;
import io.sandjar.cli.http.DaemonUnreachableException;
import io.sandjar.cli.output.OutputOption;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Shows what keeps pods from running on this machine, and how to mend it. */
@Command(
    name = "doctor",
    description = {
      "Looks for what keeps pods from running on this machine, and says how to mend it.",
      "Ends with 1 if something does. Without a daemon, 'sandjar daemon --check' looks.",
      "",
      "  sandjar doctor"
    })
public final class DoctorCommand implements Callable<Integer> {
  private final Context context;

  @Mixin private OutputOption output;

  public DoctorCommand(Context context) {
    this.context = context;
  }

  @Override
  public Integer call() throws IOException {
    var findings = findings();
    output.print(context, findings, () -> text(findings));
    return MachineApi.items(findings).stream()
            .anyMatch(finding -> "failure".equals(finding.get("level")))
        ? 1
        : 0;
  }

  private Map<String, Object> findings() throws IOException {
    try {
      return new MachineApi(context).get(MachineApi.path("doctor"));
    } catch (DaemonUnreachableException unreachable) {
      var finding =
          Map.<String, Object>of(
              "area",
              "daemon",
              "level",
              "failure",
              "message",
              unreachable.getMessage(),
              "remedy",
              "'sandjar daemon --check' looks at the machine, and 'systemctl start sandjar' or"
                  + " 'sandjar daemon' starts it");
      return Map.of("items", List.of(finding));
    }
  }

  /** Remedies are sentences to be copied: no column of a table is wide enough for them. */
  private static String text(Map<String, Object> findings) {
    var text = new StringBuilder();
    for (var finding : MachineApi.items(findings)) {
      text.append(
          "%-8s %-9s %s\n"
              .formatted(finding.get("level"), finding.get("area"), finding.get("message")));
      if (!MachineApi.text(finding, "remedy").isEmpty()) {
        text.append(" ".repeat(19)).append("-> ").append(finding.get("remedy")).append('\n');
      }
    }
    return text.toString();
  }
}
