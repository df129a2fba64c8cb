package io.sandjar.runtime.api.patch;

import io.sandjar.runtime.api.patch.ManagedFields.Manager;
import io.sandjar.runtime.pod.schema.ObjectType;
import io.sandjar.runtime.pod.schema.Schema;
import io.sandjar.runtime.pod.schema.Trees;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Keeps account of who set which field by a create, an update or a patch that is no apply. */
public final class FieldOwners {
  /** What identifies an object, or is the server's, has no owner. */
  private static final FieldSet UNOWNED = unowned();

  private final TypedFields fields;
  private final InstantSource clock;

  public FieldOwners(Schema schema, InstantSource clock) {
    this.fields = new TypedFields(schema);
    this.clock = clock;
  }

  private static FieldSet unowned() {
    var metadata = new LinkedHashMap<String, Object>();
    for (String name :
        List.of(
            "name",
            "namespace",
            "uid",
            "resourceVersion",
            "generation",
            "creationTimestamp",
            "deletionTimestamp",
            "deletionGracePeriodSeconds",
            "selfLink",
            "managedFields")) {
      metadata.put("f:" + name, Map.of());
    }
    metadata.put(".", Map.of());
    return FieldSet.of(
        Map.of(
            "f:apiVersion",
            Map.of(),
            "f:kind",
            Map.of(),
            "f:metadata",
            metadata,
            "f:spec",
            Map.of(),
            "f:status",
            Map.of()));
  }

  static FieldSet owned(FieldSet fields) {
    return fields.minus(UNOWNED);
  }

  /**
   * Notes in {@code after} that the manager made it of {@code before}.
   *
   * @param subresource the part that was written, or empty for the object itself
   */
  public void note(
      ObjectType kind,
      Map<String, Object> before,
      Map<String, Object> after,
      String manager,
      String subresource) {
    boolean written = !Trees.objects(Trees.object(after, "metadata"), "managedFields").isEmpty();
    ManagedFields managed = ManagedFields.of(written ? after : before, clock.instant());
    TypedFields.Difference difference = fields.compare(kind, before, after);
    FieldSet changed = owned(difference.changed());
    FieldSet removed = owned(difference.removed());
    var writer = Manager.updating(manager, subresource);
    for (Manager other : managed.othersThan(writer).keySet()) {
      managed.take(other, theirs -> theirs.minus(changed).minus(removed));
    }
    managed.give(writer, managed.fields(writer).union(changed).minus(removed));
    managed.writeTo(after);
  }
}
