package io.sandjar.runtime.pod.schema;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A named type of the schema and its fields, in the order of the schema file. */
public final class ObjectType {
  private final String name;
  private final String description;
  private final Optional<Resource> resource;
  private final Map<String, Field> fields;

  /**
   * How a kind is served.
   *
   * @param plural as in URLs
   * @param shortNames as typed after {@code kubectl get}
   * @param namespaced whether objects live in a namespace
   * @param inAll whether {@code kubectl get all} shows it
   */
  public record Resource(
      String plural, List<String> shortNames, boolean namespaced, boolean inAll) {}

  ObjectType(String name, String description, Optional<Resource> resource, List<Field> fields) {
    this.name = name;
    this.description = description;
    this.resource = resource;
    this.fields = new LinkedHashMap<>();
    fields.forEach(field -> this.fields.put(field.name(), field));
  }

  public String name() {
    return name;
  }

  public String description() {
    return description;
  }

  /** Present for a kind, absent for a type that only occurs inside others. */
  public Optional<Resource> resource() {
    return resource;
  }

  public Collection<Field> fields() {
    return fields.values();
  }

  public Optional<Field> field(String fieldName) {
    return Optional.ofNullable(fields.get(fieldName));
  }
}
