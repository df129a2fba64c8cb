package io.sandjar.cli.terminal;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The terminal that the command was typed in, as far as its streams are one. */
public final class Terminal {
  /** Where no stream is a terminal. */
  public static final Terminal NONE = new Terminal(Optional.empty(), Optional.empty());

  private final Optional<Path> input;
  private final Optional<Path> output;

  /** In characters. */
  public record Size(int columns, int rows) {}

  private Terminal(Optional<Path> input, Optional<Path> output) {
    this.input = input;
    this.output = output;
  }

  public static Terminal ofThisProcess() {
    return new Terminal(device(0), device(1));
  }

  /** The device behind a descriptor, if that is a terminal: isatty(3) by its name. */
  private static Optional<Path> device(int descriptor) {
    try {
      var file = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor));
      var name = file.toString();
      return name.startsWith("/dev/pts/")
              || name.startsWith("/dev/tty")
              || name.equals("/dev/console")
          ? Optional.of(file)
          : Optional.empty();
    } catch (IOException | UnsupportedOperationException closed) {
      return Optional.empty();
    }
  }

  /** Whether a person types the input. */
  public boolean input() {
    return input.isPresent();
  }

  /** Whether a person reads the output. */
  public boolean output() {
    return output.isPresent();
  }

  /** Its size now, if it tells one. */
  public Optional<Size> size() {
    var device = output.or(() -> input);
    if (device.isEmpty()) {
      return Optional.empty();
    }
    try {
      var words = stty(device.get(), "size").strip().split(" ");
      int rows = Integer.parseInt(words[0]);
      int columns = Integer.parseInt(words[1]);
      return rows > 0 && columns > 0 ? Optional.of(new Size(columns, rows)) : Optional.empty();
    } catch (IOException | NumberFormatException | ArrayIndexOutOfBoundsException untold) {
      return Optional.empty();
    }
  }

  /** Hands every key to the program at the other end, until closed. */
  public RawMode raw() throws IOException {
    return RawMode.enter(
        input.orElseThrow(() -> new IOException("the input is no terminal: leave out -t")));
  }

  /** Runs stty(1) on a device and answers what it prints. */
  static String stty(Path device, String... words) throws IOException {
    var command = new ArrayList<>(List.of("stty"));
    command.addAll(List.of(words));
    var process =
        new ProcessBuilder(command)
            .redirectInput(new File(device.toString()))
            .redirectErrorStream(true)
            .start();
    var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() != 0) {
        throw new IOException(String.join(" ", command) + " on " + device + ": " + said.strip());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while " + String.join(" ", command) + " ran", e);
    }
    return said;
  }
}
