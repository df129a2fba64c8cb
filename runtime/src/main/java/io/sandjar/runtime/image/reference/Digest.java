package io.sandjar.runtime.image.reference;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;

/** A content address: {@code sha256:<64 hex digits>}. */
public record Digest(String algorithm, String hex) implements Comparable<Digest> {

  /** The algorithms that the OCI image spec registers, with their length in hex digits. */
  private static final Map<String, Integer> HEX_LENGTH = Map.of("sha256", 64, "sha512", 128);

  public Digest {
    Integer length = HEX_LENGTH.get(algorithm);
    if (length == null) {
      throw new IllegalArgumentException(
          "digest algorithm \"" + shorten(algorithm) + "\" is not one of sha256, sha512");
    }
    if (hex.length() != length || !isLowerHex(hex)) {
      throw new IllegalArgumentException(
          "a "
              + algorithm
              + " digest has "
              + length
              + " lower-case hex digits, not \""
              + shorten(hex)
              + '"');
    }
  }

  public static Digest parse(String text) {
    int colon = text.indexOf(':');
    if (colon < 0) {
      throw new IllegalArgumentException(
          "a digest reads like sha256:<hex>, not \"" + shorten(text) + '"');
    }
    return new Digest(text.substring(0, colon), text.substring(colon + 1));
  }

  public static Optional<Digest> tryParse(String text) {
    try {
      return Optional.of(parse(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  public static Digest sha256(byte[] content) {
    var hash = newHash("sha256");
    return of(hash.digest(content));
  }

  /** The sha256 digest whose bytes a {@link MessageDigest} gave. */
  public static Digest of(byte[] sha256) {
    return new Digest("sha256", HexFormat.of().formatHex(sha256));
  }

  /** A fresh hash of this digest's algorithm. */
  public MessageDigest newHash() {
    return newHash(algorithm);
  }

  /** Whether {@code hash}, of this digest's algorithm, came out as this digest. */
  public boolean matches(byte[] hash) {
    return hex.equals(HexFormat.of().formatHex(hash));
  }

  private static MessageDigest newHash(String algorithm) {
    try {
      return MessageDigest.getInstance(algorithm.equals("sha512") ? "SHA-512" : "SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has it", e);
    }
  }

  private static boolean isLowerHex(String text) {
    return text.chars().allMatch(c -> (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
  }

  private static String shorten(String text) {
    return text.length() > 140 ? text.substring(0, 140) + "..." : text;
  }

  @Override
  public int compareTo(Digest other) {
    return toString().compareTo(other.toString());
  }

  @Override
  public String toString() {
    return algorithm + ':' + hex;
  }
}
