package io.sandjar.runtime.api.patch;

import io.sandjar.runtime.pod.schema.Trees;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * A set of fields of an object, in the API machinery's {@code fieldsV1} form: a tree of steps,
 * {@code f:name} into an object, {@code k:{"key":"value"}} and {@code v:value} into a list.
 */
final class FieldSet {
  private static final String ITSELF = ".";

  /** Clients may write managedFields, too; what is no step of ours is passed over. */
  private static final Pattern STEP = Pattern.compile("[fkv]:.+", Pattern.DOTALL);

  private final Map<String, FieldSet> steps = new TreeMap<>();
  private boolean member;

  /** Reads what {@link #toTree} wrote. */
  static FieldSet of(Map<String, Object> tree) {
    var set = new FieldSet();
    tree.forEach(
        (step, below) -> {
          if (step.equals(ITSELF)) {
            set.member = true;
          } else if (STEP.matcher(step).matches()) {
            FieldSet inside = of(Trees.object(tree, step));
            inside.member |= inside.steps.isEmpty();
            set.steps.put(step, inside);
          }
        });
    return set;
  }

  Map<String, Object> toTree() {
    var tree = new LinkedHashMap<String, Object>();
    if (member && !steps.isEmpty()) {
      tree.put(ITSELF, Map.of());
    }
    steps.forEach((step, below) -> tree.put(step, below.toTree()));
    return tree;
  }

  /** Adds the field where this set begins. */
  FieldSet withItself() {
    member = true;
    return this;
  }

  boolean hasItself() {
    return member;
  }

  /** Adds fields below a step. */
  void add(String step, FieldSet below) {
    if (!below.isEmpty()) {
      steps.put(step, below);
    }
  }

  boolean isEmpty() {
    return !member && steps.isEmpty();
  }

  /** Whether the field at the step, or any below it, is in the set. */
  boolean has(String step) {
    return steps.containsKey(step);
  }

  /** The fields below a step. */
  FieldSet below(String step) {
    return steps.getOrDefault(step, new FieldSet());
  }

  Iterable<String> steps() {
    return steps.keySet();
  }

  FieldSet union(FieldSet other) {
    var all = new FieldSet();
    all.member = member || other.member;
    all.steps.putAll(steps);
    other.steps.forEach((step, below) -> all.steps.merge(step, below, FieldSet::union));
    return all;
  }

  FieldSet minus(FieldSet other) {
    var left = new FieldSet();
    left.member = member && !other.member;
    steps.forEach((step, below) -> left.add(step, below.minus(other.below(step))));
    return left;
  }

  FieldSet and(FieldSet other) {
    var common = new FieldSet();
    common.member = member && other.member;
    steps.forEach((step, below) -> common.add(step, below.and(other.below(step))));
    return common;
  }

  /** Every field as people write it: {@code .spec.containers[name="web"].image}. */
  List<String> paths() {
    var paths = new ArrayList<String>();
    collect("", paths);
    return paths;
  }

  private void collect(String path, List<String> paths) {
    if (member) {
      paths.add(path);
    }
    steps.forEach((step, below) -> below.collect(path + readable(step), paths));
  }

  private static String readable(String step) {
    String name = step.substring(2);
    return switch (step.charAt(0)) {
      case 'f' -> "." + name;
      // {"name":"web","x":1} becomes name="web",x=1
      case 'k' ->
          "[" + name.substring(1, name.length() - 1).replaceAll("(^|,)\"(\\w+)\":", "$1$2=") + "]";
      default -> "[=" + name + "]";
    };
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof FieldSet set && member == set.member && steps.equals(set.steps);
  }

  @Override
  public int hashCode() {
    return steps.hashCode() + (member ? 1 : 0);
  }
}
