package io.sandjar.cli.command.machine;

import io.sandjar.cli.CommandException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Options of the form NAME=VALUE that may be given several times. */
final class Pairs {

  private Pairs() {}

  /**
   * @param option for the message where one has another form
   */
  static Map<String, Object> of(String option, List<String> given) {
    var pairs = new LinkedHashMap<String, Object>();
    for (String pair : given) {
      int equals = pair.indexOf('=');
      if (equals < 1) {
        throw new CommandException(option + " is NAME=VALUE, and not \"" + pair + "\"");
      }
      pairs.put(pair.substring(0, equals), pair.substring(equals + 1));
    }
    return pairs;
  }
}
