package io.sandjar.runtime.state;

import java.security.SecureRandom;
import java.util.HexFormat;

/** Makes the ids of sandboxes and containers: 64 hexadecimal digits, as CRI clients know them. */
public final class Ids {
  private static final int BYTES = 32;

  private final SecureRandom random = new SecureRandom();

  public String next() {
    byte[] bytes = new byte[BYTES];
    random.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }
}
