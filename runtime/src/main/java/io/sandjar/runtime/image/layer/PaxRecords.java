package io.sandjar.runtime.image.layer;

import io.sandjar.runtime.image.layer.TarEntry.Segment;
import io.sandjar.runtime.linux.file.FileName;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A pax extended header: {@code "30 mtime=1321711775.972059463\n"} and so on. Values are bytes,
 * since xattrs are binary and names need not be UTF-8.
 */
final class PaxRecords {
  private static final String XATTR = "SCHILY.xattr.";

  static final PaxRecords NONE = new PaxRecords();

  private final Map<String, String> values = new HashMap<>();
  private final Map<String, byte[]> xattrs = new LinkedHashMap<>();
  private final List<Long> sparse00 = new ArrayList<>();

  private PaxRecords() {}

  static PaxRecords parse(byte[] data) throws TarException {
    var records = new PaxRecords();
    int at = 0;
    while (at < data.length && data[at] != 0) {
      int space = at;
      long length = 0;
      while (space < data.length && data[space] >= '0' && data[space] <= '9' && space - at < 9) {
        length = length * 10 + (data[space++] - '0');
      }
      long end = at + length;
      if (space == at
          || space >= data.length
          || data[space] != ' '
          || end > data.length
          || end < space + 3L
          || data[(int) end - 1] != '\n') {
        throw new TarException("a pax header is malformed at byte " + at);
      }
      int equals = space + 1;
      while (equals < end && data[equals] != '=') {
        equals++;
      }
      if (equals == end || equals == space + 1) {
        throw new TarException("a pax record has no key");
      }
      records.put(
          FileName.of(data, space + 1, equals),
          Arrays.copyOfRange(data, equals + 1, (int) end - 1));
      at = (int) end;
    }
    return records;
  }

  private void put(String key, byte[] value) throws TarException {
    if (key.startsWith(XATTR)) {
      xattrs.put(key.substring(XATTR.length()), value);
      return;
    }
    String text = FileName.of(value, 0, value.length);
    if (key.equals("GNU.sparse.offset") || key.equals("GNU.sparse.numbytes")) {
      sparse00.add(decimal(key, text));
    } else {
      values.put(key, text);
    }
  }

  Map<String, byte[]> xattrs() {
    return xattrs;
  }

  /** The value, or {@code otherwise} where the header has none, or an empty one. */
  String text(String key, String otherwise) {
    String value = values.get(key);
    return value == null || value.isEmpty() ? otherwise : value;
  }

  boolean has(String key) {
    return !text(key, "").isEmpty();
  }

  long number(String key, long otherwise) throws TarException {
    return has(key) ? decimal(key, values.get(key)) : otherwise;
  }

  static long decimal(String key, String text) throws TarException {
    if (!text.matches("[0-9]{1,18}")) {
      throw new TarException("pax value " + key + " is not a number");
    }
    return Long.parseLong(text);
  }

  /** The map of the pax sparse forms 0.0 and 0.1, or nothing. */
  List<Segment> sparseMap() throws TarException {
    List<Long> numbers = sparse00;
    if (has("GNU.sparse.map")) {
      numbers = new ArrayList<>();
      for (String number : values.get("GNU.sparse.map").split(",", -1)) {
        numbers.add(decimal("GNU.sparse.map", number));
      }
    }
    if (numbers.size() % 2 != 0) {
      throw new TarException("a sparse map has an offset without a length");
    }
    var segments = new ArrayList<Segment>();
    for (int i = 0; i < numbers.size(); i += 2) {
      segments.add(new Segment(numbers.get(i), numbers.get(i + 1)));
    }
    return segments;
  }

  /** Seconds with a fraction; {@code -1.5} is half a second after -2. */
  static long[] time(String key, String text) throws TarException {
    if (!text.matches("-?[0-9]{1,12}(\\.[0-9]*)?")) {
      throw new TarException("pax time " + key + " is not a number");
    }
    int dot = text.indexOf('.');
    String whole = dot < 0 ? text : text.substring(0, dot);
    String fraction = dot < 0 ? "" : text.substring(dot + 1);
    long seconds = Long.parseLong(whole);
    long nanos = Long.parseLong((fraction + "000000000").substring(0, 9));
    if (text.startsWith("-") && nanos > 0) {
      return new long[] {seconds - 1, 1_000_000_000L - nanos};
    }
    return new long[] {seconds, nanos};
  }
}
