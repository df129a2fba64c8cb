package io.sandjar.runtime.pod.schema;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The kinds that the node serves and the types inside them. */
public final class Schema {
  private final Map<String, ObjectType> types = new LinkedHashMap<>();

  Schema(List<ObjectType> types) {
    types.forEach(type -> this.types.put(type.name(), type));
    for (ObjectType type : types) {
      type.fields().forEach(field -> requireKnown(type, field, field.type()));
    }
  }

  /** The core/v1 kinds, from the file beside this class. */
  public static Schema coreV1() {
    try (InputStream in = Schema.class.getResourceAsStream("core-v1.schema")) {
      return SchemaReader.read(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new IllegalStateException("cannot read the schema of core/v1", e);
    }
  }

  public Collection<ObjectType> types() {
    return types.values();
  }

  /** The types that are served as resources. */
  public List<ObjectType> kinds() {
    return types.values().stream().filter(type -> type.resource().isPresent()).toList();
  }

  /** The type of that name; only for names that the schema itself gave. */
  public ObjectType type(String name) {
    ObjectType type = types.get(name);
    if (type == null) {
      throw new IllegalArgumentException("the schema has no type " + name);
    }
    return type;
  }

  /** The kind of that name, as in a manifest's {@code kind}. */
  public Optional<ObjectType> kind(String name) {
    return Optional.ofNullable(types.get(name)).filter(type -> type.resource().isPresent());
  }

  private void requireKnown(ObjectType owner, Field field, FieldType type) {
    if (type instanceof FieldType.Reference reference && !types.containsKey(reference.type())) {
      throw new IllegalArgumentException(
          owner.name() + "." + field.name() + ": unknown type " + reference.type());
    } else if (type instanceof FieldType.ListOf list) {
      requireKnown(owner, field, list.element());
    } else if (type instanceof FieldType.MapOf map) {
      requireKnown(owner, field, map.value());
    }
  }
}
