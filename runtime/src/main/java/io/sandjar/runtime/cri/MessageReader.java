package io.sandjar.runtime.cri;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Fills a protobuf message from a tree of maps, lists and plain values. A field goes by its name in
 * the .proto or in camel case, a constant by its name or number, and bytes are text.
 */
final class MessageReader {

  private MessageReader() {}

  /**
   * @param path names the message in refusals
   */
  static void read(String path, Map<?, ?> tree, Message.Builder message) {
    tree.forEach(
        (key, value) -> {
          String name = String.valueOf(key);
          if (value != null) {
            field(path + "." + name, field(path, name, message), value, message);
          }
        });
  }

  private static FieldDescriptor field(String path, String name, Message.Builder message) {
    List<FieldDescriptor> fields = message.getDescriptorForType().getFields();
    return fields.stream()
        .filter(field -> field.getName().equals(name) || field.getJsonName().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                Fields.invalid(
                    path + "." + name,
                    "there is no such field; there are "
                        + fields.stream()
                            .map(FieldDescriptor::getName)
                            .sorted()
                            .collect(Collectors.joining(", "))));
  }

  private static void field(
      String path, FieldDescriptor field, Object value, Message.Builder message) {
    if (field.isMapField()) {
      map(path, field, value, message);
    } else if (field.isRepeated()) {
      if (!(value instanceof List<?> items)) {
        throw Fields.invalid(path, "must be a list");
      }
      for (int i = 0; i < items.size(); i++) {
        message.addRepeatedField(field, value(path + "[" + i + "]", field, items.get(i), message));
      }
    } else {
      message.setField(field, value(path, field, value, message));
    }
  }

  /** A map is a list of messages with a key and a value each. */
  private static void map(
      String path, FieldDescriptor field, Object value, Message.Builder message) {
    if (!(value instanceof Map<?, ?> entries)) {
      throw Fields.invalid(path, "must be a map");
    }
    entries.forEach(
        (key, item) -> {
          Message.Builder entry = message.newBuilderForField(field);
          FieldDescriptor ofValue = field.getMessageType().findFieldByName("value");
          entry.setField(field.getMessageType().findFieldByName("key"), String.valueOf(key));
          entry.setField(ofValue, value(path + "." + key, ofValue, item, entry));
          message.addRepeatedField(field, entry.build());
        });
  }

  private static Object value(
      String path, FieldDescriptor field, Object value, Message.Builder message) {
    return switch (field.getJavaType()) {
      case MESSAGE -> message(path, value, message.newBuilderForField(field));
      case ENUM -> constant(path, field.getEnumType(), value);
      case STRING -> text(path, value);
      case BYTE_STRING -> ByteString.copyFromUtf8(text(path, value));
      case BOOLEAN -> {
        if (value instanceof Boolean flag) {
          yield flag;
        }
        throw Fields.invalid(path, "must be true or false");
      }
      case INT -> (int) number(path, value, Integer.MIN_VALUE, Integer.MAX_VALUE);
      case LONG -> number(path, value, Long.MIN_VALUE, Long.MAX_VALUE);
      case FLOAT, DOUBLE -> throw Fields.invalid(path, "cannot be set");
    };
  }

  /** A wrapper such as Int64Value may be given as what it wraps. */
  private static Message message(String path, Object value, Message.Builder message) {
    if (value instanceof Map<?, ?> tree) {
      read(path, tree, message);
    } else if (isWrapper(message)) {
      FieldDescriptor wrapped = message.getDescriptorForType().findFieldByName("value");
      message.setField(wrapped, value(path, wrapped, value, message));
    } else {
      throw Fields.invalid(path, "must be an object");
    }
    return message.build();
  }

  private static boolean isWrapper(Message.Builder message) {
    List<FieldDescriptor> fields = message.getDescriptorForType().getFields();
    return fields.size() == 1 && fields.get(0).getName().equals("value");
  }

  private static EnumValueDescriptor constant(String path, EnumDescriptor type, Object value) {
    EnumValueDescriptor found =
        value instanceof Number number
            ? type.findValueByNumber(number.intValue())
            : type.findValueByName(String.valueOf(value));
    if (found == null) {
      throw Fields.invalid(
          path,
          value
              + " is none of "
              + type.getValues().stream()
                  .map(EnumValueDescriptor::getName)
                  .collect(Collectors.joining(", ")));
    }
    return found;
  }

  private static String text(String path, Object value) {
    if (value instanceof Map || value instanceof List) {
      throw Fields.invalid(path, "must be a text");
    }
    return String.valueOf(value);
  }

  private static long number(String path, Object value, long least, long most) {
    boolean whole = value instanceof Integer || value instanceof Long;
    if (!whole || ((Number) value).longValue() < least || ((Number) value).longValue() > most) {
      throw Fields.invalid(path, value + " is not a whole number from " + least + " to " + most);
    }
    return ((Number) value).longValue();
  }
}
