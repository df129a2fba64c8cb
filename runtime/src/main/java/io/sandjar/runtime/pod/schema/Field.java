package io.sandjar.runtime.pod.schema;

import java.util.List;
import java.util.Optional;

/**
 * One field of a type.
 *
 * @param mergeKeys for a list of objects: the fields that identify an element when a patch is
 *     merged into it
 * @param repeatable whether elements with the same keys may stand side by side
 * @param mergedAsSet for a list of values: a patch adds to it instead of replacing it
 * @param protobufNumber the field's number where kubectl sends the type as protobuf
 * @param unsupported known to Kubernetes, refused here by name
 */
public record Field(
    String name,
    FieldType type,
    boolean required,
    Optional<String> defaultText,
    List<String> allowed,
    Optional<Long> min,
    Optional<Long> max,
    Optional<Format> format,
    List<String> mergeKeys,
    boolean repeatable,
    boolean mergedAsSet,
    boolean immutable,
    boolean unsupported,
    Optional<Integer> protobufNumber,
    String description) {}
