package io.sandjar.runtime.image.content;

import io.sandjar.runtime.image.reference.Digest;
import java.util.HexFormat;

/** Content is not what its digest says: damaged on the way, or not what was asked for. */
public final class WrongDigestException extends BadContentException {
  private static final long serialVersionUID = 1L;

  public WrongDigestException(Digest expected, byte[] actual) {
    super(
        "the content does not match its digest: expected "
            + expected
            + ", got "
            + expected.algorithm()
            + ':'
            + HexFormat.of().formatHex(actual));
  }
}
