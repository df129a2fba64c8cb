package io.sandjar.cli.command;

import io.sandjar.cli.CommandException;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The daemon's flags, for help and completion. The launcher script starts the daemon's own JVM
 * before this class would be reached.
 */
@Command(
    name = "daemon",
    description = {
      "Runs the Sandjar daemon in the foreground. A flag wins over the config file.",
      "",
      "  sandjar daemon --config /etc/sandjar/config.yaml",
      "  sandjar daemon --check"
    })
public final class DaemonCommand implements Runnable {

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "The config file (/etc/sandjar/config.yaml, if it exists).")
  private Path config;

  @Option(
      names = "--root",
      paramLabel = "FOLDER",
      description = "What survives a reboot: images, containers, pods.")
  private Path root;

  @Option(
      names = "--state",
      paramLabel = "FOLDER",
      description = "What does not: pids, sockets, mounts.")
  private Path state;

  @Option(
      names = "--check",
      description = "Look for what keeps pods from running here, and do not start.")
  private boolean check;

  @Option(
      names = "--reset",
      description = "End every pod, and remove all that a daemon has made of the kernel.")
  private boolean reset;

  @Option(names = "--listen", paramLabel = "SOCKET", description = "The CRI socket.")
  private Path listen;

  @Option(names = "--http-listen", paramLabel = "SOCKET", description = "The HTTP API's socket.")
  private Path httpListen;

  @Option(
      names = "--log-level",
      paramLabel = "LEVEL",
      description = "debug, info, warning or error.")
  private String logLevel;

  @Override
  public void run() {
    throw new CommandException("the daemon has a JVM of its own: start it with the sandjar script");
  }
}
