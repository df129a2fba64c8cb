package io.sandjar.runtime.api.patch;

import io.sandjar.runtime.api.ApiException;
import io.sandjar.runtime.api.StatusObject;
import io.sandjar.runtime.api.patch.ManagedFields.Manager;
import io.sandjar.runtime.api.patch.TypedFields.Part;
import io.sandjar.runtime.pod.schema.Field;
import io.sandjar.runtime.pod.schema.FieldType;
import io.sandjar.runtime.pod.schema.FieldType.ListOf;
import io.sandjar.runtime.pod.schema.FieldType.Reference;
import io.sandjar.runtime.pod.schema.ObjectType;
import io.sandjar.runtime.pod.schema.Schema;
import io.sandjar.runtime.pod.schema.Trees;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Server-side apply: a manager says the fields that it wants, the server merges them, removes those
 * that it wanted before and does not want any more, and refuses to change what another manager set.
 */
public final class ServerSideApply {
  private final TypedFields fields;
  private final InstantSource clock;

  public ServerSideApply(Schema schema, InstantSource clock) {
    this.fields = new TypedFields(schema);
    this.clock = clock;
  }

  /**
   * @param live the object as it is; empty where there is none yet
   * @param force whether fields that others set are taken over from them
   */
  public Map<String, Object> apply(
      ObjectType kind,
      Map<String, Object> live,
      Map<String, Object> configuration,
      String manager,
      boolean force) {
    Map<String, Object> wanted = Trees.copy(configuration);
    if (!Trees.objects(Trees.object(wanted, "metadata"), "managedFields").isEmpty()) {
      throw new ApiException(400, "BadRequest", "metadata.managedFields must be nil");
    }
    Trees.objectIn(wanted, "metadata").remove("managedFields");
    fields.requireKeys(TypedFields.root(kind, wanted));
    ManagedFields managed = ManagedFields.of(live, clock.instant());
    if (managed.isEmpty()) {
      // As upstream: what was there before anybody kept account is not anybody's for the taking.
      FieldSet there = fields.of(kind, live).minus(fields.of(kind, statusOf(live)));
      managed.give(Manager.updating("before-first-apply", ""), FieldOwners.owned(there));
    }
    Manager applier = Manager.applying(manager);
    FieldSet before = managed.fields(applier);
    FieldSet now = FieldOwners.owned(fields.of(kind, wanted));
    FieldSet others =
        managed.othersThan(applier).values().stream().reduce(new FieldSet(), FieldSet::union);

    Map<String, Object> result =
        asObject(merge(TypedFields.root(kind, live), TypedFields.root(kind, wanted)));
    prune(before, now, others, TypedFields.root(kind, result), true);

    TypedFields.Difference difference = fields.compare(kind, live, result);
    FieldSet changed = FieldOwners.owned(difference.changed());
    FieldSet removed = FieldOwners.owned(difference.removed());
    var conflicts = new LinkedHashMap<Manager, List<String>>();
    managed
        .othersThan(applier)
        .forEach(
            (other, theirs) -> {
              List<String> paths = theirs.and(changed).paths();
              if (!paths.isEmpty()) {
                conflicts.put(other, paths);
              }
            });
    if (!conflicts.isEmpty() && !force) {
      throw conflict(conflicts);
    }
    for (Manager other : managed.othersThan(applier).keySet()) {
      managed.take(other, theirs -> theirs.minus(changed).minus(removed));
    }
    managed.give(applier, now);
    managed.writeTo(result);
    return result;
  }

  private static Map<String, Object> statusOf(Map<String, Object> live) {
    return live.containsKey("status") ? Map.of("status", live.get("status")) : Map.of();
  }

  private static ApiException conflict(Map<Manager, List<String>> conflicts) {
    var causes = new ArrayList<Map<String, Object>>();
    var messages = new ArrayList<String>();
    conflicts.forEach(
        (manager, paths) -> {
          for (String path : paths) {
            var cause = new LinkedHashMap<String, Object>();
            cause.put("reason", "FieldManagerConflict");
            cause.put("message", "conflict with " + manager);
            cause.put("field", path);
            causes.add(cause);
          }
          messages.add("conflicts with " + manager + ":\n- " + String.join("\n- ", paths));
        });
    String message =
        causes.size() == 1
            ? "1 conflict: " + causes.get(0).get("message") + ": " + causes.get(0).get("field")
            : causes.size() + " conflicts: " + String.join("\n", messages);
    return new ApiException(
        new StatusObject(
            409, "Conflict", "Apply failed with " + message, Map.of("causes", causes)));
  }

  private Object merge(Part live, Part wanted) {
    if (wanted.value() instanceof Map<?, ?> && live.value() instanceof Map<?, ?>) {
      Map<String, Part> here = fields.parts(live).orElse(Map.of());
      Map<String, Part> there = fields.parts(wanted).orElse(Map.of());
      if (!here.isEmpty() || !there.isEmpty()) {
        var merged = Trees.copy(asObject(live.value()));
        asObject(wanted.value())
            .forEach(
                (name, value) -> {
                  Part is = here.get("f:" + name);
                  Part want = there.get("f:" + name);
                  if (value != null) {
                    merged.put(
                        name, is == null || want == null ? Trees.copyOf(value) : merge(is, want));
                  }
                });
        return merged;
      }
    }
    if (wanted.value() instanceof List<?>) {
      Optional<Map<String, Part>> here = fields.parts(live);
      Optional<Map<String, Part>> there = fields.parts(wanted);
      if (here.isPresent() && there.isPresent()) {
        return mergeElements(here.get(), there.get());
      }
    }
    return Trees.copyOf(wanted.value());
  }

  /** The wanted elements in their order; those that only the live list has keep their places. */
  private List<Object> mergeElements(Map<String, Part> live, Map<String, Part> wanted) {
    var left = new LinkedHashMap<>(live);
    var merged = new ArrayList<Object>();
    wanted.forEach(
        (step, want) -> {
          if (left.containsKey(step)) {
            var earlier = left.entrySet().iterator();
            for (var next = earlier.next(); !next.getKey().equals(step); next = earlier.next()) {
              if (!wanted.containsKey(next.getKey())) {
                merged.add(Trees.copyOf(next.getValue().value()));
                earlier.remove();
              }
            }
            merged.add(merge(left.remove(step), want));
          } else {
            merged.add(Trees.copyOf(want.value()));
          }
        });
    left.forEach(
        (step, part) -> {
          if (!wanted.containsKey(step)) {
            merged.add(Trees.copyOf(part.value()));
          }
        });
    return merged;
  }

  /**
   * Removes what this manager set before, sets no more, and nobody else sets. What an object holds
   * in its maps beside that, such as labels that have no owner, stays.
   */
  private void prune(FieldSet before, FieldSet now, FieldSet others, Part part, boolean isRoot) {
    for (String step : before.steps()) {
      Part inside = fields.parts(part).map(parts -> parts.get(step)).orElse(null);
      if (inside == null) {
        continue;
      }
      FieldSet below = before.below(step);
      boolean isFree = !now.has(step) && !others.has(step);
      boolean isOneThing = below.hasItself() || inside.type() instanceof Reference && !isRoot;
      if (isFree && isOneThing) {
        remove(part, step);
      } else {
        prune(below, now.below(step), others.below(step), inside, false);
        if (isFree && isEmpty(inside.value())) {
          remove(part, step);
        }
      }
    }
  }

  private static boolean isEmpty(Object value) {
    return value instanceof Map<?, ?> map && map.isEmpty()
        || value instanceof List<?> list && list.isEmpty();
  }

  private void remove(Part part, String step) {
    if (part.value() instanceof Map<?, ?> map) {
      map.remove(step.substring(2));
    } else if (part.value() instanceof List<?> list && part.type() instanceof ListOf of) {
      list.removeIf(element -> isAt(part.field(), of.element(), element, step));
    }
  }

  private boolean isAt(Optional<Field> list, FieldType type, Object element, String step) {
    return fields.step(list, type, element).filter(step::equals).isPresent();
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> asObject(Object node) {
    return (Map<String, Object>) node;
  }
}
