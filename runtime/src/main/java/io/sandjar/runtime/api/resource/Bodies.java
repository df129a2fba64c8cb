package io.sandjar.runtime.api.resource;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.jr.ob.JSON;
import io.sandjar.runtime.api.Request;
import io.sandjar.runtime.pod.schema.ObjectType;
import io.sandjar.runtime.pod.schema.Schema;
import io.sandjar.runtime.pod.schema.Trees;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/** Reads the trees that clients send, as JSON or YAML. */
final class Bodies {
  /** What etcd takes, and so what clients keep to. */
  private static final int LARGEST = 3 * 1024 * 1024;

  private static final List<String> ACCEPTED =
      List.of("application/json", "application/yaml", ProtobufReader.MEDIA_TYPE);

  private Bodies() {}

  /** The media type without its parameters; JSON where the client says none. */
  static String mediaType(Request request) {
    String type = request.header("content-type").orElse("application/json");
    return type.split(";")[0].strip().toLowerCase(Locale.ROOT);
  }

  static Map<String, Object> object(Schema schema, ObjectType kind, Request request)
      throws IOException {
    return switch (mediaType(request)) {
      case ProtobufReader.MEDIA_TYPE ->
          new ProtobufReader(schema).read(kind, request.bytes(LARGEST));
      case "application/json" -> json(request);
      case "application/yaml", "application/x-yaml", "text/yaml" -> yaml(request);
      default -> throw Failures.unsupportedMediaType(mediaType(request), ACCEPTED);
    };
  }

  /** The object of a body that may be left out. */
  static Map<String, Object> optionalObject(Request request) throws IOException {
    byte[] bytes = request.bytes(LARGEST);
    return bytes.length == 0 ? Map.of() : asObject(parseJson(bytes));
  }

  static Map<String, Object> json(Request request) throws IOException {
    return asObject(parseJson(request.bytes(LARGEST)));
  }

  static List<?> jsonList(Request request) throws IOException {
    if (parseJson(request.bytes(LARGEST)) instanceof List<?> list) {
      return list;
    }
    throw Failures.badRequest("the body of the request is not a JSON list");
  }

  static Map<String, Object> yaml(Request request) throws IOException {
    String text = new String(request.bytes(LARGEST), StandardCharsets.UTF_8);
    try {
      // A few aliases of aliases would stand for more than any memory holds.
      LoadSettings settings =
          LoadSettings.builder().setCodePointLimit(LARGEST).setMaxAliasesForCollections(0).build();
      return asObject(new Load(settings).loadFromString(text));
    } catch (YamlEngineException e) {
      throw Failures.badRequest("the body of the request is not YAML: " + e.getMessage());
    } catch (StackOverflowError e) {
      throw Failures.badRequest("the body of the request is nested too deeply");
    }
  }

  private static Object parseJson(byte[] bytes) throws IOException {
    try {
      return JSON.std.anyFrom(bytes);
    } catch (JacksonException e) {
      throw Failures.badRequest("the body of the request is not JSON: " + e.getOriginalMessage());
    }
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> asObject(Object tree) {
    if (tree instanceof Map<?, ?>) {
      return (Map<String, Object>) Trees.copyOf(tree);
    }
    throw Failures.badRequest("the body of the request is not an object");
  }
}
