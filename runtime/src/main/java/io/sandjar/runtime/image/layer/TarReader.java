package io.sandjar.runtime.image.layer;

import io.sandjar.runtime.image.layer.TarEntry.Segment;
import io.sandjar.runtime.image.layer.TarEntry.Type;
import io.sandjar.runtime.linux.file.FileName;
import io.sandjar.runtime.linux.file.Times;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads a tar archive as a stream: ustar, pax, GNU long names, base-256 numbers and all four sparse
 * forms.
 *
 * <p>commons-compress decodes pax values as UTF-8 text, which destroys binary xattrs such as
 * security.capability and names in other encodings; an image's layer must come out byte by byte.
 * Every length is checked before it is allocated: archives come from strangers.
 */
public final class TarReader {
  /** As Go's archive/tar: what a pax header or a long name may take. */
  private static final int EXTENDED_LIMIT = 1 << 20;

  private static final int PATH_MAX = 4096;
  private static final int SEGMENT_LIMIT = 1 << 20;
  private static final long SIZE_LIMIT = 1L << 53;

  private final InputStream in;
  private final byte[] block = new byte[TarHeader.BLOCK];
  private long remaining;
  private int padding;

  public TarReader(InputStream in) {
    this.in = in;
  }

  /** The next entry, or null at the archive's end. Skips what was not read of the last one. */
  public TarEntry next() throws IOException {
    skip(remaining);
    remaining = 0;
    // umoci ends an archive with its last file's last byte; Go's reader takes that for the end too.
    if (in.readNBytes(block, 0, padding) < padding) {
      return null;
    }
    padding = 0;
    PaxRecords pax = PaxRecords.NONE;
    String longName = null;
    String longLink = null;
    while (readHeader()) {
      var header = new TarHeader(block);
      switch (header.type()) {
        // A global header's records would rename every entry; git's comment is all it is used for.
        case 'g' -> extended(header);
        case 'x', 'X' -> pax = PaxRecords.parse(extended(header));
        case 'L' -> longName = longName(header);
        case 'K' -> longLink = longName(header);
        case 'V' -> skip(padded(size(header)));
        default -> {
          return entry(header, pax, longName, longLink);
        }
      }
    }
    if (pax != PaxRecords.NONE || longName != null || longLink != null) {
      throw new TarException("the tar archive ends after an extended header");
    }
    return null;
  }

  /** Reads content of the current entry: its archived bytes, without holes; -1 at its end. */
  public int read(byte[] buffer, int from, int length) throws IOException {
    if (remaining == 0) {
      return -1;
    }
    int count = in.read(buffer, from, (int) Math.min(length, remaining));
    if (count < 0) {
      throw truncated();
    }
    remaining -= count;
    return count;
  }

  /** False at the end: two zero blocks, or an end of input between entries. */
  private boolean readHeader() throws IOException {
    int count = in.readNBytes(block, 0, block.length);
    if (count == 0) {
      return false;
    }
    if (count < block.length) {
      throw truncated();
    }
    if (!TarHeader.isZero(block)) {
      return true;
    }
    count = in.readNBytes(block, 0, block.length);
    if (count > 0 && (count < block.length || !TarHeader.isZero(block))) {
      throw new TarException("the tar archive has data after a zero block");
    }
    return false;
  }

  private TarEntry entry(TarHeader header, PaxRecords pax, String longName, String longLink)
      throws IOException {
    String name =
        pax.text("GNU.sparse.name", pax.text("path", longName == null ? header.name() : longName));
    String link = pax.text("linkpath", longLink == null ? header.linkName() : longLink);
    checkName(name);
    checkName(link);
    Type type = type(header.type(), name);
    long stored = pax.number("size", header.size());
    if (stored < 0 || stored > SIZE_LIMIT) {
      throw new TarException("entry " + FileName.toText(name) + " has an impossible size");
    }
    List<Segment> segments = List.of();
    long size = 0;
    if (type == Type.FILE || header.type() == 'D') {
      remaining = stored;
      padding = (int) (padded(stored) - stored);
    }
    if (type == Type.FILE) {
      size = stored;
      segments = segments(header, pax);
      if (segments == null) {
        segments = stored == 0 ? List.of() : List.of(new Segment(0, stored));
      } else {
        size = sparseSize(header, pax);
        checkSegments(name, segments, size);
      }
    }
    return new TarEntry(
        type,
        name,
        link,
        (int) header.mode() & 07777,
        id(pax.number("uid", header.uid()), name),
        id(pax.number("gid", header.gid()), name),
        times(header, pax),
        (int) header.deviceMajor(),
        (int) header.deviceMinor(),
        pax.xattrs(),
        size,
        segments);
  }

  private static Type type(char flag, String name) throws TarException {
    return switch (flag) {
      case '0', '\0', '7', 'S' ->
          // V7 archives mark a folder only by its name.
          flag == '\0' && name.endsWith("/") ? Type.FOLDER : Type.FILE;
      case '1' -> Type.HARD_LINK;
      case '2' -> Type.SYMLINK;
      case '3' -> Type.CHARACTER_DEVICE;
      case '4' -> Type.BLOCK_DEVICE;
      case '5', 'D' -> Type.FOLDER;
      case '6' -> Type.FIFO;
      default ->
          throw new TarException(
              "entry " + FileName.toText(name) + " has the unknown type '" + flag + "'");
    };
  }

  /** The sparse map in whichever form, or null for a file without holes. */
  private List<Segment> segments(TarHeader header, PaxRecords pax) throws IOException {
    if (header.type() == 'S') {
      return gnuSparse(header);
    }
    if (pax.text("GNU.sparse.major", "").equals("1")) {
      return pax10Sparse();
    }
    if (pax.has("GNU.sparse.size") || pax.has("GNU.sparse.map")) {
      return pax.sparseMap();
    }
    return null;
  }

  private static long sparseSize(TarHeader header, PaxRecords pax) throws TarException {
    return header.type() == 'S'
        ? header.gnuSparseRealSize()
        : pax.number("GNU.sparse.realsize", pax.number("GNU.sparse.size", 0));
  }

  private List<Segment> gnuSparse(TarHeader header) throws IOException {
    var segments = new ArrayList<Segment>();
    boolean more = header.gnuSparseContinues();
    addSegments(segments, block.clone(), header.gnuSparseStart(), 4);
    byte[] extension = new byte[TarHeader.BLOCK];
    while (more) {
      if (in.readNBytes(extension, 0, extension.length) < extension.length) {
        throw truncated();
      }
      addSegments(segments, extension, 0, 21);
      more = extension[504] != 0;
    }
    return segments;
  }

  private static void addSegments(List<Segment> segments, byte[] from, int at, int count)
      throws TarException {
    for (int i = 0; i < count; i++) {
      int pair = at + 24 * i;
      if (from[pair] == 0) {
        return;
      }
      segments.add(
          new Segment(
              TarHeader.number(from, pair, 12, "sparse offset"),
              TarHeader.number(from, pair + 12, 12, "sparse length")));
    }
    if (segments.size() > SEGMENT_LIMIT) {
      throw new TarException("a sparse file has more than " + SEGMENT_LIMIT + " segments");
    }
  }

  /** Form 1.0 puts the map, decimal lines padded to a block, before the content. */
  private List<Segment> pax10Sparse() throws IOException {
    long start = remaining;
    long count = line();
    if (count > SEGMENT_LIMIT) {
      throw new TarException("a sparse file has more than " + SEGMENT_LIMIT + " segments");
    }
    var segments = new ArrayList<Segment>();
    for (long i = 0; i < count; i++) {
      segments.add(new Segment(line(), line()));
    }
    long used = start - remaining;
    long rest = padded(used) - used;
    if (rest > remaining) {
      throw truncated();
    }
    skip(rest);
    remaining -= rest;
    return segments;
  }

  private long line() throws IOException {
    var digits = new StringBuilder();
    byte[] one = new byte[1];
    while (true) {
      if (read(one, 0, 1) < 0) {
        throw truncated();
      }
      if (one[0] == '\n') {
        return PaxRecords.decimal("of a sparse map", digits.toString());
      }
      digits.append((char) (one[0] & 0xff));
      if (digits.length() > 18) {
        throw new TarException("a number in a sparse map is too long");
      }
    }
  }

  private void checkSegments(String name, List<Segment> segments, long size) throws TarException {
    long end = 0;
    long stored = 0;
    for (Segment segment : segments) {
      if (segment.offset() < end
          || segment.length() < 0
          || segment.offset() > SIZE_LIMIT
          || segment.length() > SIZE_LIMIT
          || segment.offset() + segment.length() > size) {
        throw new TarException("the sparse map of " + FileName.toText(name) + " is impossible");
      }
      end = segment.offset() + segment.length();
      stored += segment.length();
    }
    if (stored != remaining || size > SIZE_LIMIT) {
      throw new TarException(
          "the sparse map of " + FileName.toText(name) + " does not match its content");
    }
  }

  private static Times times(TarHeader header, PaxRecords pax) throws TarException {
    long[] modified =
        pax.has("mtime")
            ? PaxRecords.time("mtime", pax.text("mtime", ""))
            : new long[] {header.modified(), 0};
    long[] accessed = pax.has("atime") ? PaxRecords.time("atime", pax.text("atime", "")) : modified;
    return new Times(accessed[0], (int) accessed[1], modified[0], (int) modified[1]);
  }

  /** -1 means "unchanged" to chown(2), so it can be nobody's id. */
  private static int id(long value, String name) throws TarException {
    if (value < 0 || value >= 0xffffffffL) {
      throw new TarException("entry " + FileName.toText(name) + " has an impossible owner");
    }
    return (int) value;
  }

  private static void checkName(String name) throws TarException {
    if (name.length() > PATH_MAX) {
      throw new TarException(
          "a name is "
              + name.length()
              + " bytes long, Linux allows "
              + PATH_MAX
              + ": "
              + FileName.toText(name));
    }
    if (name.indexOf(0) >= 0) {
      throw new TarException("a name contains a NUL: " + FileName.toText(name));
    }
  }

  private String longName(TarHeader header) throws IOException {
    byte[] data = extended(header);
    int end = 0;
    while (end < data.length && data[end] != 0) {
      end++;
    }
    return FileName.of(data, 0, end);
  }

  private byte[] extended(TarHeader header) throws IOException {
    long size = size(header);
    if (size > EXTENDED_LIMIT) {
      throw new TarException(
          "an extended header of " + size + " bytes is longer than " + EXTENDED_LIMIT);
    }
    byte[] data = in.readNBytes((int) size);
    if (data.length < size) {
      throw truncated();
    }
    skip(padded(size) - size);
    return data;
  }

  private static long size(TarHeader header) throws TarException {
    long size = header.size();
    if (size < 0 || size > SIZE_LIMIT) {
      throw new TarException("a tar header has an impossible size");
    }
    return size;
  }

  private static long padded(long size) {
    return (size + TarHeader.BLOCK - 1) & -TarHeader.BLOCK;
  }

  private void skip(long count) throws IOException {
    long left = count;
    while (left > 0) {
      long skipped = in.skip(left);
      if (skipped <= 0) {
        if (in.read() < 0) {
          throw truncated();
        }
        skipped = 1;
      }
      left -= skipped;
    }
  }

  private static TarException truncated() {
    return new TarException("the tar archive is truncated");
  }
}
