package io.sandjar.runtime.api.select;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.EngineException.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/** A field selector as kubectl's {@code --field-selector} takes it: {@code a.b=c,d!=e}. */
public final class FieldSelector implements Predicate<Map<String, Object>> {
  private static final Set<String> OF_ALL_KINDS = Set.of("metadata.name", "metadata.namespace");
  private static final Map<String, Set<String>> OF_A_KIND =
      Map.of(
          "Pod",
          Set.of(
              "spec.nodeName",
              "spec.restartPolicy",
              "spec.schedulerName",
              "spec.serviceAccountName",
              "spec.hostNetwork",
              "status.phase",
              "status.podIP",
              "status.nominatedNodeName"),
          "Event",
          Set.of(
              "involvedObject.kind",
              "involvedObject.namespace",
              "involvedObject.name",
              "involvedObject.uid",
              "involvedObject.apiVersion",
              "involvedObject.resourceVersion",
              "involvedObject.fieldPath",
              "reason",
              "reportingComponent",
              "source",
              "type"),
          "Namespace",
          Set.of("status.phase"),
          "Node",
          Set.of("spec.unschedulable"),
          "Secret",
          Set.of("type"));

  /** False where they are not written. */
  private static final Set<String> FLAGS = Set.of("spec.unschedulable", "spec.hostNetwork");

  private record Term(String field, boolean equal, String value) {}

  private final List<Term> terms;

  private FieldSelector(List<Term> terms) {
    this.terms = terms;
  }

  public static FieldSelector parse(String kind, String text) {
    var terms = new ArrayList<Term>();
    for (String written : text.isBlank() ? new String[0] : text.split(",")) {
      int operator = written.indexOf('=');
      if (operator < 1) {
        throw new EngineException(
            Kind.INVALID_ARGUMENT,
            "invalid field selector \"" + written + "\": expected field=value or field!=value");
      }
      boolean equal = written.charAt(operator - 1) != '!';
      String field = written.substring(0, equal ? operator : operator - 1).strip();
      String value = written.substring(operator + 1).strip();
      terms.add(
          new Term(known(kind, field), equal, value.startsWith("=") ? value.substring(1) : value));
    }
    return new FieldSelector(terms);
  }

  private static String known(String kind, String field) {
    if (OF_ALL_KINDS.contains(field) || OF_A_KIND.getOrDefault(kind, Set.of()).contains(field)) {
      return field;
    }
    throw new EngineException(
        Kind.INVALID_ARGUMENT, "field label not supported: " + field + " (of " + kind + ")");
  }

  @Override
  public boolean test(Map<String, Object> object) {
    return terms.stream()
        .allMatch(term -> term.value().equals(text(object, term.field())) == term.equal());
  }

  private static String text(Map<String, Object> object, String path) {
    Object here = object;
    for (String key : path.split("\\.")) {
      here = here instanceof Map<?, ?> map ? map.get(key) : null;
    }
    if (path.equals("source")) {
      here = here instanceof Map<?, ?> source ? source.get("component") : null;
    }
    return here == null ? (FLAGS.contains(path) ? "false" : "") : here.toString();
  }
}
