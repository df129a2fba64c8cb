package io.sandjar.runtime.stream;

import com.fasterxml.jackson.jr.ob.JSON;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/** Cuts the resize channel, which is a row of flat JSON objects, into terminal sizes. */
final class ResizeMessages {
  private static final int LONGEST = 1024;

  private final ByteArrayOutputStream object = new ByteArrayOutputStream();

  /** The size that this byte completes, if it completes one. */
  Optional<TerminalSize> accept(byte next) {
    if (object.size() < LONGEST) {
      object.write(next);
    }
    if (next != '}') {
      return Optional.empty();
    }
    var text = object.toByteArray();
    object.reset();
    try {
      var fields = JSON.std.mapFrom(text);
      return fields == null
          ? Optional.empty()
          : Optional.of(new TerminalSize(number(fields, "Width"), number(fields, "Height")));
    } catch (IOException | IllegalArgumentException e) {
      // A client that talks nonsense here only harms its own window.
      return Optional.empty();
    }
  }

  private static int number(Map<String, Object> fields, String name) {
    return fields.get(name) instanceof Number number ? number.intValue() : 0;
  }
}
