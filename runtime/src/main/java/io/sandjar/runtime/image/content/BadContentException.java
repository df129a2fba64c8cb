package io.sandjar.runtime.image.content;

import java.io.IOException;

/** Content from elsewhere that cannot be used: damaged, malformed, or meant to do harm. */
public class BadContentException extends IOException {
  private static final long serialVersionUID = 1L;

  public BadContentException(String message) {
    super(message);
  }
}
