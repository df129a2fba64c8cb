package io.sandjar.runtime.cri;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.Message;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Messages of any type with anything in their fields. A field that reaches outside of the node
 * under test gets one of a few words that do no harm there.
 */
final class RandomMessages {
  private static final int DEPTH = 7;
  private static final List<Long> NUMBERS =
      List.of(0L, 1L, -1L, 2L, 100L, 65_535L, 65_536L, (long) Integer.MAX_VALUE, Long.MAX_VALUE);

  private final Random random;
  private final List<String> words;
  private final Map<String, List<String>> wordsOfField;

  /**
   * @param words for any text
   * @param wordsOfField for a text in a field of this name
   */
  RandomMessages(Random random, List<String> words, Map<String, List<String>> wordsOfField) {
    this.random = random;
    this.words = words;
    this.wordsOfField = wordsOfField;
  }

  DynamicMessage of(Descriptor type) {
    return of(type, DEPTH);
  }

  private DynamicMessage of(Descriptor type, int depth) {
    DynamicMessage.Builder message = DynamicMessage.newBuilder(type);
    for (FieldDescriptor field : type.getFields()) {
      boolean isMessage = field.getJavaType() == FieldDescriptor.JavaType.MESSAGE;
      if (random.nextInt(4) == 0 || isMessage && depth == 0) {
        continue;
      }
      if (field.isRepeated()) {
        for (int i = random.nextInt(3); i > 0; i--) {
          message.addRepeatedField(field, value(field, depth));
        }
      } else {
        message.setField(field, value(field, depth));
      }
    }
    return message.build();
  }

  /** A message with one to three of its fields, wherever in it, set to anything. */
  DynamicMessage damaged(Message whole) {
    DynamicMessage.Builder message =
        DynamicMessage.newBuilder(whole.getDescriptorForType()).mergeFrom(whole);
    for (int i = random.nextInt(3); i >= 0; i--) {
      FieldDescriptor field = pick(message.getDescriptorForType().getFields());
      boolean into = field.getJavaType() == FieldDescriptor.JavaType.MESSAGE && !field.isRepeated();
      if (into && message.hasField(field) && random.nextInt(4) != 0) {
        message.setField(field, damaged((Message) message.getField(field)));
      } else if (field.isRepeated()) {
        message.addRepeatedField(field, value(field, DEPTH));
      } else {
        message.setField(field, value(field, DEPTH));
      }
    }
    return message.build();
  }

  private Object value(FieldDescriptor field, int depth) {
    return switch (field.getJavaType()) {
      case BOOLEAN -> random.nextBoolean();
      case INT -> number().intValue();
      case LONG -> number();
      case FLOAT -> number().floatValue();
      case DOUBLE -> number().doubleValue();
      case STRING -> text(field);
      case BYTE_STRING -> ByteString.copyFromUtf8(text(field));
      case ENUM -> enumValue(field);
      case MESSAGE -> of(field.getMessageType(), depth - 1);
    };
  }

  private Long number() {
    return random.nextInt(4) == 0 ? random.nextLong() : pick(NUMBERS);
  }

  private EnumValueDescriptor enumValue(FieldDescriptor field) {
    return random.nextInt(8) == 0
        ? field.getEnumType().findValueByNumberCreatingIfUnknown(random.nextInt(100))
        : pick(field.getEnumType().getValues());
  }

  private String text(FieldDescriptor field) {
    // A map is a message of its entries; what it is called tells what its keys mean.
    String name =
        field.getContainingType().getOptions().getMapEntry()
            ? field.getContainingType().getName() + "." + field.getName()
            : field.getName();
    return pick(wordsOfField.getOrDefault(name, words));
  }

  private <T> T pick(List<T> of) {
    return of.get(random.nextInt(of.size()));
  }
}
