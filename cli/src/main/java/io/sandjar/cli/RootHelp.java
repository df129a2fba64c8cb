package io.sandjar.cli;

/** The text of {@code sandjar --help}, written without constructing any command. */
final class RootHelp {
  private static final int NAME_WIDTH = 14;

  private RootHelp() {}

  static String text() {
    var text = new StringBuilder();
    text.append("sandjar runs Kubernetes pods on this machine, through the Sandjar daemon.\n");
    String group = null;
    for (var entry : Commands.all()) {
      if (!entry.group().equals(group)) {
        group = entry.group();
        text.append('\n').append(group).append(":\n");
      }
      text.append("  ").append(entry.name());
      text.append(" ".repeat(Math.max(1, NAME_WIDTH - entry.name().length())));
      text.append(entry.summary()).append('\n');
    }
    text.append(
        """

        Options:
          --socket FILE   The daemon's HTTP socket (SANDJAR_SOCKET, or /run/sandjar/api.sock)
          -h, --help      Print this help, or that of a command: sandjar COMMAND --help

        Usage:
          sandjar [options] COMMAND [arguments]
        """);
    return text.toString();
  }
}
