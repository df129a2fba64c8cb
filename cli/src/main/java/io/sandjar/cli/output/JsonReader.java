package io.sandjar.cli.output;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Reads JSON into trees of maps, lists and plain values. jackson-jr does the same, but loads what
 * it writes with too, and for that the JVM's table of time zones.
 */
public final class JsonReader {
  private static final JsonFactory FACTORY = new JsonFactory();

  /** Digits with which a number fits into an int in any case. */
  private static final int SHORT = 9;

  private JsonReader() {}

  public static Map<String, Object> object(InputStream text) throws IOException {
    try (var parser = FACTORY.createParser(text)) {
      return object(parser);
    }
  }

  public static Map<String, Object> object(String text) throws IOException {
    try (var parser = FACTORY.createParser(text)) {
      return object(parser);
    }
  }

  private static Map<String, Object> object(JsonParser parser) throws IOException {
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      throw new JsonParseException(parser, "a JSON object is missing");
    }
    return map(parser);
  }

  private static Map<String, Object> map(JsonParser parser) throws IOException {
    var map = new LinkedHashMap<String, Object>();
    for (var name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
      parser.nextToken();
      map.put(name, value(parser));
    }
    return map;
  }

  private static Object value(JsonParser parser) throws IOException {
    return switch (parser.currentToken()) {
      case START_OBJECT -> map(parser);
      case START_ARRAY -> {
        var list = new ArrayList<Object>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          list.add(value(parser));
        }
        yield list;
      }
      case VALUE_STRING -> parser.getText();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      case VALUE_NULL -> null;
      case VALUE_NUMBER_INT -> number(parser);
      default -> parser.getNumberValue();
    };
  }

  /** Short ones by hand: the parser would load patterns, which it has for numbers of all kinds. */
  private static Number number(JsonParser parser) throws IOException {
    return parser.getTextLength() < SHORT
        ? Integer.valueOf(parser.getText())
        : parser.getNumberValue();
  }
}
