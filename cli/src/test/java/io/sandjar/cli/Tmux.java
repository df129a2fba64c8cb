package io.sandjar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;

/** A terminal in which a shell runs, with keys to press and a screen to read: one of tmux's. */
final class Tmux implements AutoCloseable {
  private final String server = "sandjar-test-" + Integer.toHexString(new Random().nextInt());
  private final Node node;

  Tmux(Node node, int columns, int rows) throws Exception {
    this.node = node;
    run("-f", "/dev/null", "new-session", "-d", "-x", "" + columns, "-y", "" + rows, "sh");
    run("set-option", "-g", "status", "off");
    type("PS1='local> '; clear");
    await(screen -> screen.strip().equals("local>"));
  }

  /** Types a line, with its Enter. */
  void type(String line) throws Exception {
    run("send-keys", "-l", line);
    press("Enter");
  }

  /** Presses keys by tmux's names: C-c, Escape, Enter. */
  void press(String... keys) throws Exception {
    var words = new ArrayList<>(List.of("send-keys"));
    words.addAll(Arrays.asList(keys));
    run(words.toArray(String[]::new));
  }

  void resize(int columns, int rows) throws Exception {
    run("resize-window", "-x", "" + columns, "-y", "" + rows);
  }

  /** Waits until the screen is right, and answers it. */
  String await(Predicate<String> right) throws Exception {
    return node.await(this::screen, right);
  }

  /** The program that the shell waits for. */
  ProcessHandle foreground() throws Exception {
    var shell = Long.parseLong(run("display-message", "-p", "#{pane_pid}").strip());
    return ProcessHandle.of(shell).orElseThrow().children().findFirst().orElseThrow();
  }

  String screen() throws Exception {
    return run("capture-pane", "-p");
  }

  /** With the sequences that make its colours. */
  String colouredScreen() throws Exception {
    return run("capture-pane", "-p", "-e");
  }

  private String run(String... words) throws Exception {
    var command = new ArrayList<>(List.of("tmux", "-u", "-L", server));
    command.addAll(Arrays.asList(words));
    var builder = node.prepared(new ProcessBuilder(command));
    builder.environment().remove("TMUX");
    builder.environment().remove("NO_COLOR");
    builder.environment().put("LC_ALL", "C.UTF-8");
    var process = builder.start();
    process.getOutputStream().close();
    var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), () -> String.join(" ", command) + ": " + said);
    return said;
  }

  @Override
  public void close() throws IOException {
    new ProcessBuilder("tmux", "-L", server, "kill-server").start().onExit().join();
  }
}
