package io.sandjar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/** A person at a terminal, with a shell in a container and with tables. */
@TestInstance(Lifecycle.PER_CLASS)
class TerminalIT {
  private Node node;

  @BeforeAll
  void start() throws Exception {
    node = Node.start();
    node.apply(Node.pod("echo", "echo hello; while :; do sleep 1; done"));
  }

  @AfterAll
  void stop() throws IOException {
    node.close();
  }

  private Tmux inside(int columns, int rows) throws Exception {
    var terminal = new Tmux(node, columns, rows);
    terminal.type("sandjar exec -it echo -- sh");
    awaitPrompt(terminal);
    return terminal;
  }

  /** What is typed while a program ends may be read by it. */
  private static void awaitPrompt(Tmux terminal) throws Exception {
    terminal.await(screen -> screen.strip().endsWith("/ #"));
  }

  @Test
  void aShellKnowsTheTerminalsSizeAndHearsOfAnother() throws Exception {
    try (var terminal = inside(100, 30)) {
      terminal.type("stty size");
      terminal.await(screen -> screen.contains("30 100"));
      terminal.resize(70, 20);
      node.await(
          () -> {
            terminal.type("stty size");
            return terminal.screen();
          },
          screen -> screen.contains("20 70"));
    }
  }

  @Test
  void ctrlCIsForTheProgramInTheContainer() throws Exception {
    try (var terminal = inside(80, 24)) {
      // What is typed before the shell gives the terminal away is neither a signal nor echoed.
      terminal.type("echo st''arted; sleep 1000; echo in''terrupted");
      terminal.await(screen -> screen.contains("\nstarted"));
      terminal.press("C-c");
      terminal.await(screen -> screen.contains("^C"));
      awaitPrompt(terminal);
      terminal.type("echo still-''here");
      terminal.await(screen -> screen.contains("still-here") && !screen.contains("local> echo"));
    }
  }

  @Test
  void aJobIsStoppedAndGoesOn() throws Exception {
    try (var terminal = inside(80, 24)) {
      terminal.type("echo st''arted; cat");
      terminal.await(screen -> screen.contains("\nstarted"));
      terminal.type("one");
      terminal.await(screen -> screen.contains("one\none"));
      terminal.press("C-z");
      terminal.await(screen -> screen.contains("Stopped"));
      awaitPrompt(terminal);
      terminal.type("fg");
      // It names the job once the terminal is no more its own to edit lines on.
      terminal.await(screen -> screen.contains("# fg\ncat\n"));
      terminal.type("two");
      terminal.await(screen -> screen.contains("two\ntwo"));
      terminal.press("C-d");
      awaitPrompt(terminal);
      terminal.type("echo e''nd");
      terminal.await(screen -> screen.contains("\nend"));
    }
  }

  @Test
  void viWritesAFileAndTopShowsProcesses() throws Exception {
    try (var terminal = inside(80, 24)) {
      terminal.type("vi /tmp/note");
      terminal.await(screen -> screen.contains("/tmp/note") && screen.contains("~"));
      terminal.type("iWritten in vi");
      // An escape, with a key before or after it unread, is taken for part of a sequence.
      terminal.await(
          screen -> screen.startsWith("Written in vi\n") && screen.contains("I /tmp/note"));
      terminal.press("Escape");
      terminal.await(screen -> screen.contains("- /tmp/note"));
      terminal.type(":wq");
      terminal.await(screen -> screen.lines().noneMatch("~"::equals));
      awaitPrompt(terminal);
      terminal.type("clear; cat /tmp/note");
      terminal.await(screen -> screen.startsWith("Written in vi"));
      terminal.type("top");
      terminal.await(screen -> screen.contains("Load average") || screen.contains("%CPU"));
      terminal.press("q");
      awaitPrompt(terminal);
      terminal.type("echo ba''ck");
      terminal.await(screen -> screen.contains("back"));
    }
  }

  @Test
  void lettersBeyondAsciiComeAndGo() throws Exception {
    try (var terminal = inside(80, 24)) {
      terminal.type("echo 'zażółć €uro 日本'");
      terminal.await(screen -> screen.contains("\nzażółć €uro 日本"));
    }
  }

  @Test
  void theTerminalIsAsBeforeWhenTheShellHasEnded() throws Exception {
    try (var terminal = new Tmux(node, 80, 24)) {
      terminal.type("stty -g > before; sandjar exec -it echo -- sh -c 'stty raw; exit 7'");
      terminal.await(
          screen ->
              screen.contains("command terminated with exit code 7")
                  && screen.strip().endsWith("local>"));
      terminal.type("echo status $?; stty -g > after");
      terminal.await(screen -> screen.contains("status 7"));
      terminal.type("cmp before after && echo sa''me");
      terminal.await(screen -> screen.contains("\nsame"));
      // And after a SIGTERM, which leaves no time for more than a hook.
      terminal.type("sandjar exec -it echo -- sh");
      terminal.await(screen -> screen.contains("/ #"));
      terminal.foreground().destroy();
      terminal.await(screen -> screen.contains("local> ") && screen.strip().endsWith("local>"));
      terminal.type("stty -g > after; clear; cmp before after && echo sa''me");
      terminal.await(screen -> screen.startsWith("same"));
    }
  }

  @Test
  void whatRunsOnATerminalEndsWithIt() throws Exception {
    var seconds = Integer.toString(100_000 + new Random().nextInt(1 << 20));
    try (var terminal = new Tmux(node, 80, 24)) {
      terminal.type("sandjar exec -it echo -- sh -c 'echo u''p; exec sleep " + seconds + "'");
      terminal.await(screen -> screen.contains("\nup"));
      node.await(() -> sleepers(seconds), "1"::equals);
      terminal.foreground().destroy();
      node.await(() -> sleepers(seconds), "0"::equals);
    }
  }

  /** How many processes have this argument alone. */
  private static String sleepers(String seconds) {
    return ""
        + ProcessHandle.allProcesses()
            .map(process -> process.info().arguments().orElse(new String[0]))
            .filter(arguments -> List.of(arguments).equals(List.of(seconds)))
            .count();
  }

  @Test
  void ctrlCEndsTheCommandItselfAndWhatTheDaemonDoesForIt() throws Exception {
    var endless =
        Map.of(
            "get pods -w", "echo  ",
            "logs -f echo", "\nhello",
            "events --watch", "LAST SEEN",
            "exec echo -- sh -c 'echo u''p; sleep 600'", "up",
            "wait --for=condition=Nope pod/echo -v", "watch=true",
            "port-forward echo :3000", "Forwarding from");
    try (var terminal = new Tmux(node, 200, 24)) {
      terminal.type("stty -g > before");
      for (var line : endless.entrySet()) {
        terminal.type("clear; sandjar " + line.getKey());
        terminal.await(screen -> ("\n" + screen).contains(line.getValue()));
        terminal.press("C-c");
        terminal.await(screen -> screen.strip().endsWith("local>"));
        terminal.type(
            "s=$?; stty -g > after; clear; echo st''atus $s; cmp before after && echo ok");
        terminal.await(screen -> screen.contains("status 130\nok"));
      }
    }
    node.await(() -> "" + node.clients(), "0"::equals);
  }

  @Test
  void tablesFitTheScreenAndTellStatesInColour() throws Exception {
    try (var terminal = new Tmux(node, 46, 10)) {
      terminal.type("sandjar get pods -o wide");
      var screen = terminal.await(text -> text.contains("echo "));
      assertTrue(screen.contains("…\n"), screen);
      assertEquals(2, screen.lines().filter(line -> line.matches("(NAME|echo ).*")).count());
      assertTrue(terminal.colouredScreen().contains("\u001b[32mRunning"), screen);
      terminal.type("clear; NO_COLOR=1 sandjar get pods; echo d''one");
      terminal.await(text -> text.contains("done"));
      assertFalse(terminal.colouredScreen().contains("\u001b[32mRunning"));
    }
    assertFalse(node.run("get", "pods", "-o", "wide").contains("\u001b"));
  }

  @Test
  void aReaderThatLeavesEndsTheCommandWithoutWords() throws Exception {
    var command = node.command("get", "pods").redirectErrorStream(false).start();
    command.getInputStream().close();
    assertEquals("", new String(command.getErrorStream().readAllBytes(), StandardCharsets.UTF_8));
    assertEquals(141, command.waitFor());
    var full = node.shell("sandjar get pods > /dev/full; echo $?");
    assertEquals("error: write the output: No space left on device\n1\n", full);
  }
}
