package io.sandjar.runtime.image.layer;

import io.sandjar.runtime.image.content.BadContentException;

/** An archive that is damaged or means harm; the message says which entry and why. */
public final class TarException extends BadContentException {
  private static final long serialVersionUID = 1L;

  TarException(String message) {
    super(message);
  }
}
