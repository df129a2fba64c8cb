package io.sandjar.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The words of a command line in the order and the forms that the parser takes. */
final class CommandWords {
  private static final List<String> WITH_VALUE = List.of("--socket", "-n", "--namespace");

  /** Takes the words of a program without a "--" before them. */
  private static final List<String> CONTAINER_EXEC = List.of("container", "exec");

  private CommandWords() {}

  /**
   * Options that stand before the command, as in {@code sandjar -n kube-system get pods}, come
   * after it, and what kubectl's users write differently becomes what it is here.
   */
  static List<String> ordered(List<String> words) {
    int command = indexOfCommand(words);
    var ordered = new ArrayList<String>();
    if (command < words.size()) {
      ordered.add(words.get(command));
    }
    int end = endOfOptions(words, command);
    for (int i = 0; i < words.size(); i++) {
      if (i != command) {
        ordered.add(i < end ? translated(words.get(i)) : words.get(i));
      }
    }
    return ordered;
  }

  /** Where the words of another program begin, which stay as they are. */
  private static int endOfOptions(List<String> words, int command) {
    boolean execWithoutDashes = false;
    var before = new ArrayList<String>();
    for (int i = command; i < words.size(); i++) {
      var word = words.get(i);
      if (word.equals("--") || execWithoutDashes && !word.startsWith("-")) {
        return i;
      }
      if (WITH_VALUE.contains(word)) {
        i++;
      } else if (!word.startsWith("-")) {
        before.add(word);
        execWithoutDashes = before.equals(CONTAINER_EXEC);
      }
    }
    return words.size();
  }

  /** The command that is called, if one is. */
  static Optional<String> called(List<String> ordered) {
    return ordered.isEmpty() || ordered.get(0).startsWith("-")
        ? Optional.empty()
        : Optional.of(ordered.get(0));
  }

  private static int indexOfCommand(List<String> words) {
    int at = 0;
    while (at < words.size() && words.get(at).startsWith("-")) {
      at += WITH_VALUE.contains(words.get(at)) ? 2 : 1;
    }
    return Math.min(at, words.size());
  }

  /** Compared by hand: a pattern would take longer to load than all else here. */
  private static String translated(String word) {
    for (var verbose : List.of("-v", "-v=", "--v=")) {
      if (word.length() > verbose.length()
          && word.startsWith(verbose)
          && isNumber(word.substring(verbose.length()))) {
        boolean zero = word.substring(verbose.length()).replace("0", "").isEmpty();
        return zero ? "--verbose=false" : "--verbose";
      }
    }
    // Its value is optional, and must not be the word that follows.
    return word.equals("--dry-run") ? "--dry-run=client" : word;
  }

  private static boolean isNumber(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return false;
      }
    }
    return true;
  }
}
