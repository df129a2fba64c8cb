package io.sandjar.runtime.api.resource;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import io.sandjar.runtime.pod.schema.Field;
import io.sandjar.runtime.pod.schema.FieldType;
import io.sandjar.runtime.pod.schema.FieldType.ListOf;
import io.sandjar.runtime.pod.schema.FieldType.MapOf;
import io.sandjar.runtime.pod.schema.FieldType.Reference;
import io.sandjar.runtime.pod.schema.FieldType.Scalar;
import io.sandjar.runtime.pod.schema.ObjectType;
import io.sandjar.runtime.pod.schema.Schema;
import io.sandjar.runtime.pod.schema.Trees;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads objects in Kubernetes' protobuf form: the magic {@code k8s\0}, an envelope
 * (runtime.Unknown) and in it the object. kubectl's typed commands ({@code create
 * namespace|configmap|secret}) send it; the schema has the field numbers of just those kinds.
 */
final class ProtobufReader {
  static final String MEDIA_TYPE = "application/vnd.kubernetes.protobuf";

  private static final byte[] MAGIC = {'k', '8', 's', 0};
  private static final int ENVELOPE_TYPE = 1;
  private static final int ENVELOPE_RAW = 2;

  private final Schema schema;

  ProtobufReader(Schema schema) {
    this.schema = schema;
  }

  Map<String, Object> read(ObjectType kind, byte[] body) throws IOException {
    requireReadable(kind);
    if (body.length < MAGIC.length || !Arrays.equals(MAGIC, 0, 4, body, 0, 4)) {
      throw Failures.badRequest("the body of the request does not begin with k8s\\0");
    }
    try {
      var in = CodedInputStream.newInstance(body, MAGIC.length, body.length - MAGIC.length);
      Map<String, Object> object = Map.of();
      var written = new LinkedHashMap<String, Object>();
      for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
        switch (WireFormat.getTagFieldNumber(tag)) {
          case ENVELOPE_TYPE -> typeMeta(in.readBytes().newCodedInput(), written);
          case ENVELOPE_RAW -> object = message(kind, in.readBytes().newCodedInput());
          default -> in.skipField(tag);
        }
      }
      written.putAll(object);
      return written;
    } catch (InvalidProtocolBufferException e) {
      throw Failures.badRequest("the body of the request is not protobuf: " + e.getMessage());
    }
  }

  private static void requireReadable(ObjectType kind) {
    boolean known =
        kind.field("metadata").map(field -> field.protobufNumber().isPresent()).orElse(false);
    if (!known) {
      throw Failures.unsupportedMediaType(
          MEDIA_TYPE + " for " + kind.name(), List.of("application/json", "application/yaml"));
    }
  }

  private static void typeMeta(CodedInputStream in, Map<String, Object> object) throws IOException {
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      switch (WireFormat.getTagFieldNumber(tag)) {
        case 1 -> object.put("apiVersion", in.readString());
        case 2 -> object.put("kind", in.readString());
        default -> in.skipField(tag);
      }
    }
  }

  private Map<String, Object> message(ObjectType type, CodedInputStream in) throws IOException {
    var object = new LinkedHashMap<String, Object>();
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      int number = WireFormat.getTagFieldNumber(tag);
      var field =
          type.fields().stream()
              .filter(known -> known.protobufNumber().orElse(0) == number)
              .findFirst();
      if (field.isPresent()) {
        read(field.get(), object, in);
      } else {
        // What kubectl sends of a new object beyond these fields is empty.
        in.skipField(tag);
      }
    }
    return object;
  }

  private void read(Field field, Map<String, Object> object, CodedInputStream in)
      throws IOException {
    FieldType type = field.type();
    if (type instanceof MapOf map) {
      entry((Scalar) map.value(), Trees.objectIn(object, field.name()), in);
    } else if (type instanceof ListOf list) {
      @SuppressWarnings("unchecked")
      var elements = (List<Object>) object.computeIfAbsent(field.name(), name -> new ArrayList<>());
      elements.add(value(list.element(), in));
    } else {
      Object value = value(type, in);
      // Go's encoder writes empty strings, which JSON's leaves out.
      if (!"".equals(value)) {
        object.put(field.name(), value);
      }
    }
  }

  private Object value(FieldType type, CodedInputStream in) throws IOException {
    if (type instanceof Reference reference) {
      return message(schema.type(reference.type()), in.readBytes().newCodedInput());
    }
    return switch (((Scalar) type).kind()) {
      case BOOL -> in.readBool();
      case INT32, INT64 -> in.readInt64();
      case BYTES -> Base64.getEncoder().encodeToString(in.readByteArray());
      default -> in.readString();
    };
  }

  private void entry(Scalar valueType, Map<String, Object> entries, CodedInputStream outer)
      throws IOException {
    CodedInputStream in = outer.readBytes().newCodedInput();
    String key = "";
    Object value = "";
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      switch (WireFormat.getTagFieldNumber(tag)) {
        case 1 -> key = in.readString();
        case 2 -> value = value(valueType, in);
        default -> in.skipField(tag);
      }
    }
    entries.put(key, value);
  }
}
