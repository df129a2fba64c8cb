package io.sandjar.runtime.api;

import java.util.regex.Pattern;

/** What the JDK says of a mistake in the program, which is no cause that a client can mend. */
public final class NoCause {
  private static final Pattern SAID =
      Pattern.compile(
          "\\b(java|io)\\.[a-z]+\\.|Cannot invoke|out of bounds|cannot be cast|For input string"
              + "|No value present|No enum constant|^null$|\"message\":\"(null)?\"|Index: ");

  private NoCause() {}

  /** Whether an answer gives that in the place of a cause. */
  public static boolean in(String answer) {
    return SAID.matcher(answer).find();
  }
}
