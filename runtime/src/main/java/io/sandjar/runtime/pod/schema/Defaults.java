package io.sandjar.runtime.pod.schema;

import io.sandjar.runtime.pod.schema.FieldType.ListOf;
import io.sandjar.runtime.pod.schema.FieldType.Reference;
import io.sandjar.runtime.pod.schema.FieldType.Scalar;
import io.sandjar.runtime.pod.schema.FieldType.ScalarKind;
import java.util.List;
import java.util.Map;

/** Fills in the defaults that the schema gives for fields that an object leaves out. */
public final class Defaults {
  private final Schema schema;

  public Defaults(Schema schema) {
    this.schema = schema;
  }

  /** Fills the object in place; its shape was checked before. */
  public void apply(ObjectType type, Map<String, Object> object) {
    for (Field field : type.fields()) {
      Object value = object.get(field.name());
      if (value == null) {
        field.defaultText().ifPresent(text -> object.put(field.name(), value(field, text)));
      } else {
        descend(field.type(), value);
      }
    }
  }

  @SuppressWarnings("unchecked")
  private void descend(FieldType type, Object value) {
    if (type instanceof Reference reference) {
      apply(schema.type(reference.type()), (Map<String, Object>) value);
    } else if (type instanceof ListOf list) {
      ((List<Object>) value).forEach(element -> descend(list.element(), element));
    }
  }

  private static Object value(Field field, String text) {
    ScalarKind kind = ((Scalar) field.type()).kind();
    return switch (kind) {
      case BOOL -> Boolean.valueOf(text);
      case INT32, INT64 -> Long.valueOf(text);
      default -> text;
    };
  }
}
