package io.sandjar.runtime.linux.launch;

import io.sandjar.runtime.linux.Pidfd;
import io.sandjar.runtime.linux.ProcessId;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Ends the monitors, and the containers at their gates, that nobody remembers. They are known by
 * their arguments, which tell the exit file: that is right in every layout of cgroups, and leaves
 * alone what another daemon on the machine has started.
 */
final class StrayMonitors {
  /** What a monitor is called; its only argument is its exit file. */
  static final String NAME = "sandjar-monitor";

  private static final System.Logger LOG = System.getLogger(StrayMonitors.class.getName());
  private static final Path PROC = Path.of("/proc");

  /** A monitor that is being killed may have cloned its container since the last look. */
  private static final int ROUNDS = 10;

  private final String start;
  private final Set<ProcessId> known;

  StrayMonitors(Path folder, Set<ProcessId> known) {
    this.start = NAME + '\0' + folder + '/';
    this.known = known;
  }

  void end() throws IOException {
    for (int round = 0; round < ROUNDS; round++) {
      List<ProcessId> strays = find();
      if (strays.isEmpty()) {
        return;
      }
      for (ProcessId stray : strays) {
        LOG.log(Level.INFO, "ending process {0}, a monitor of no container", "" + stray.pid());
        kill(stray);
      }
    }
  }

  private List<ProcessId> find() throws IOException {
    List<ProcessId> strays = new ArrayList<>();
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path process : processes) {
        if (isMonitor(process)) {
          idOf(process).filter(id -> !known.contains(id)).ifPresent(strays::add);
        }
      }
    }
    return strays;
  }

  private boolean isMonitor(Path process) {
    try {
      byte[] arguments = Files.readAllBytes(process.resolve("cmdline"));
      return new String(arguments, StandardCharsets.UTF_8).startsWith(start);
    } catch (IOException ended) {
      return false;
    }
  }

  private static Optional<ProcessId> idOf(Path process) {
    try {
      return Optional.of(ProcessId.of(Integer.parseInt(process.getFileName().toString())));
    } catch (IOException ended) {
      return Optional.empty();
    }
  }

  static void kill(ProcessId stray) throws IOException {
    Optional<Pidfd> open = stray.open();
    if (open.isPresent()) {
      try (Pidfd process = open.get()) {
        process.signal(Monitor.SIGKILL);
      }
    }
  }
}
