package io.sandjar.runtime.pod.rules;

import io.sandjar.runtime.pod.schema.Defaults;
import io.sandjar.runtime.pod.schema.FieldRules;
import io.sandjar.runtime.pod.schema.ObjectType;
import io.sandjar.runtime.pod.schema.Problem;
import io.sandjar.runtime.pod.schema.Schema;
import io.sandjar.runtime.pod.schema.ShapeCheck;
import io.sandjar.runtime.pod.schema.Trees;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/**
 * Turns a written tree into an object with defaults that keeps all rules, or says all that is
 * wrong.
 */
public final class Admission {
  private final Schema schema;
  private final Defaults defaults;

  public Admission(Schema schema) {
    this.schema = schema;
    this.defaults = new Defaults(schema);
  }

  /**
   * An object that was looked at.
   *
   * @param object with its defaults; to be used only when there is no problem
   */
  public record Admitted(Map<String, Object> object, List<Problem> problems) {

    public boolean isRight() {
      return problems.isEmpty();
    }
  }

  /** Reads an object of the kind; unknown fields and wrong types are problems. */
  public ShapeCheck.Shaped read(ObjectType kind, Map<?, ?> tree) {
    return ShapeCheck.read(schema, kind, tree);
  }

  /** Fills in what the server fills in: defaults, and stringData into data. */
  public Map<String, Object> withDefaults(ObjectType kind, Map<String, Object> shaped) {
    Map<String, Object> object = Trees.copy(shaped);
    object.put("apiVersion", "v1");
    object.put("kind", kind.name());
    defaults.apply(kind, object);
    switch (kind.name()) {
      case "Pod" -> PodDefaults.apply(object);
      case "Secret" -> mergeStringData(object);
      case "Namespace" -> labelWithName(object);
      default -> {}
    }
    return object;
  }

  /** So that selectors find a namespace by its name. */
  private static void labelWithName(Map<String, Object> namespace) {
    Map<String, Object> metadata = Trees.objectIn(namespace, "metadata");
    Trees.string(metadata, "name")
        .filter(name -> !name.isEmpty())
        .ifPresent(
            name -> Trees.objectIn(metadata, "labels").put("kubernetes.io/metadata.name", name));
  }

  /** All problems of an object with defaults that is to be created. */
  public List<Problem> problems(ObjectType kind, Map<String, Object> object) {
    var problems = new ArrayList<>(FieldRules.check(schema, kind, object));
    switch (kind.name()) {
      case "Pod" -> problems.addAll(PodRules.check(object));
      case "ConfigMap", "Secret" -> problems.addAll(SettingRules.check(object));
      default -> {}
    }
    return List.copyOf(problems.stream().distinct().toList());
  }

  /** All problems of an object that is to replace another. */
  public List<Problem> problems(
      ObjectType kind, Map<String, Object> before, Map<String, Object> after) {
    var problems = new ArrayList<>(problems(kind, after));
    problems.addAll(UpdateRules.check(kind.name(), before, after));
    return List.copyOf(problems);
  }

  /** Reads, defaults and checks in one go, with every problem of the object in one answer. */
  public Admitted admit(ObjectType kind, Map<?, ?> tree) {
    ShapeCheck.Shaped shaped = read(kind, tree);
    Map<String, Object> object = withDefaults(kind, shaped.object());
    var problems = new ArrayList<>(shaped.problems());
    problems.addAll(problems(kind, object));
    return new Admitted(object, problems);
  }

  private static void mergeStringData(Map<String, Object> secret) {
    Map<String, String> texts = Trees.stringMap(secret, "stringData");
    if (!texts.isEmpty()) {
      Map<String, Object> data = Trees.objectIn(secret, "data");
      texts.forEach(
          (key, text) ->
              data.put(
                  key, Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8))));
    }
    secret.remove("stringData");
  }
}
