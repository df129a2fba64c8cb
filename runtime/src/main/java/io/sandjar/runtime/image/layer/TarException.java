package io.sandjar.runtime.image.layer;

import java.io.IOException;

/** An archive that is damaged or means harm; the message says which entry and why. */
public final class TarException extends IOException {
  private static final long serialVersionUID = 1L;

  TarException(String message) {
    super(message);
  }
}
