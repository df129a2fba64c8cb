package io.sandjar.runtime.pod.env;

import java.util.Map;

/** Replaces {@code $(NAME)} by the variable of that name; {@code $$} stands for one dollar. */
public final class Expansion {

  private Expansion() {}

  /** What names no variable stays as it is written. */
  public static String expand(String text, Map<String, String> variables) {
    if (text.indexOf('$') < 0) {
      return text;
    }
    var result = new StringBuilder(text.length());
    int at = 0;
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c != '$' || at + 1 == text.length()) {
        result.append(c);
        at++;
      } else if (text.charAt(at + 1) == '$') {
        result.append('$');
        at += 2;
      } else if (text.charAt(at + 1) == '(' && text.indexOf(')', at) > 0) {
        int end = text.indexOf(')', at);
        String name = text.substring(at + 2, end);
        result.append(variables.getOrDefault(name, text.substring(at, end + 1)));
        at = end + 1;
      } else {
        result.append(c);
        at++;
      }
    }
    return result.toString();
  }
}
