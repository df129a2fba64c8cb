package io.sandjar.runtime.image.layer;

/**
 * Bounds on one layer or image archive, against archives that unpack to far more than they are
 * (decompression bombs).
 *
 * @param bytes unpacked
 * @param entries in the archive
 * @param ratio of unpacked to packed bytes, looked at once {@code ratioFrom} bytes are unpacked,
 *     since small archives of zeros are common and harmless
 */
public record UnpackLimits(long bytes, long entries, long ratio, long ratioFrom) {
  public static final UnpackLimits DEFAULT = new UnpackLimits(256L << 30, 5_000_000, 300, 1L << 30);

  /** As these, with fewer entries. */
  public UnpackLimits withEntries(long most) {
    return new UnpackLimits(bytes, Math.min(entries, most), ratio, ratioFrom);
  }

  void checkBytes(long packed, long unpacked) throws TarException {
    if (unpacked > bytes) {
      throw new TarException("the archive unpacks to more than " + bytes + " bytes");
    }
    if (unpacked > ratioFrom && unpacked / Math.max(packed, 1) > ratio) {
      throw new TarException(
          "the archive looks like a decompression bomb: "
              + packed
              + " bytes unpack to more than "
              + unpacked);
    }
  }

  void checkEntries(long count) throws TarException {
    if (count > entries) {
      throw new TarException("the archive has more than " + entries + " entries");
    }
  }
}
