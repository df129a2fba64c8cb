package io.sandjar.cli.kube;

import io.sandjar.cli.CommandException;
import java.util.Map;
import picocli.CommandLine.Option;

/** The option that has a command only say what it would do. */
public final class DryRunOption {

  @Option(
      names = "--dry-run",
      paramLabel = "WHO",
      description = "Change nothing: client (the default) only shows, server checks all rules.")
  private String mode = "none";

  /** This, or where it was not given, what was given before. */
  public DryRunOption or(DryRunOption before) {
    return isOn() ? this : before;
  }

  public boolean isOn() {
    return !mode().equals("none");
  }

  /** Whether the daemon is not asked at all. */
  public boolean isClient() {
    return mode().equals("client");
  }

  private String mode() {
    return switch (mode) {
      case "client", "server", "none" -> mode;
      default ->
          throw new CommandException(
              "--dry-run must be client, server or none, not '" + mode + "'");
    };
  }

  /** Adds what has the daemon change nothing to a request's parameters. */
  public void addTo(Map<String, String> query) {
    query.put("dryRun", mode().equals("server") ? "All" : null);
  }

  /** What follows a line that tells of a change that was not made. */
  public String suffix() {
    return switch (mode()) {
      case "client" -> " (dry run)";
      case "server" -> " (server dry run)";
      default -> "";
    };
  }
}
