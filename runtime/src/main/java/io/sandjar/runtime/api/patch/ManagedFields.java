package io.sandjar.runtime.api.patch;

import io.sandjar.runtime.pod.schema.Trees;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** An object's metadata.managedFields: who set which fields, and by which operation. */
final class ManagedFields {
  private static final String APPLY = "Apply";
  private static final String UPDATE = "Update";

  /**
   * Who wrote.
   *
   * @param subresource the part of the object that was written, or empty for the object
   */
  record Manager(String name, String operation, String subresource) {
    static Manager applying(String name) {
      return new Manager(name, APPLY, "");
    }

    static Manager updating(String name, String subresource) {
      return new Manager(name, UPDATE, subresource);
    }

    /** As the API server names it in a conflict. */
    @Override
    public String toString() {
      return '"'
          + name
          + '"'
          + (subresource.isEmpty() ? "" : " with subresource \"" + subresource + '"')
          + (operation.equals(UPDATE) ? " using v1" : "");
    }
  }

  private record Entry(FieldSet fields, String time) {}

  private final Map<Manager, Entry> entries = new LinkedHashMap<>();
  private final String now;

  private ManagedFields(Instant now) {
    this.now = now.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  static ManagedFields of(Map<String, Object> object, Instant now) {
    var managed = new ManagedFields(now);
    for (Object written :
        Trees.object(object, "metadata").get("managedFields") instanceof List<?> list
            ? list
            : List.of()) {
      if (written instanceof Map<?, ?>) {
        @SuppressWarnings("unchecked")
        var entry = (Map<String, Object>) written;
        var manager =
            new Manager(
                Trees.string(entry, "manager", ""),
                Trees.string(entry, "operation", UPDATE),
                Trees.string(entry, "subresource", ""));
        FieldSet fields = FieldSet.of(Trees.object(entry, "fieldsV1"));
        if (!fields.isEmpty()) {
          managed.entries.put(manager, new Entry(fields, Trees.string(entry, "time", managed.now)));
        }
      }
    }
    return managed;
  }

  boolean isEmpty() {
    return entries.isEmpty();
  }

  FieldSet fields(Manager manager) {
    Entry entry = entries.get(manager);
    return entry == null ? new FieldSet() : entry.fields();
  }

  /** The fields of all other managers. */
  Map<Manager, FieldSet> othersThan(Manager manager) {
    var others = new LinkedHashMap<Manager, FieldSet>();
    entries.forEach(
        (other, entry) -> {
          if (!other.equals(manager)) {
            others.put(other, entry.fields());
          }
        });
    return others;
  }

  /** Gives a manager just these fields; the time of its entry changes only with them. */
  void give(Manager manager, FieldSet fields) {
    if (fields.isEmpty()) {
      entries.remove(manager);
    } else if (!fields.equals(fields(manager))) {
      entries.put(manager, new Entry(fields, now));
    }
  }

  /** What others had of changed fields is theirs no more. */
  void take(Manager from, UnaryOperator<FieldSet> loss) {
    FieldSet left = loss.apply(fields(from));
    if (left.isEmpty()) {
      entries.remove(from);
    } else {
      entries.put(from, new Entry(left, entries.get(from).time()));
    }
  }

  void writeTo(Map<String, Object> object) {
    var written = new ArrayList<Object>();
    entries.forEach(
        (manager, fields) -> {
          var entry = new LinkedHashMap<String, Object>();
          entry.put("manager", manager.name());
          entry.put("operation", manager.operation());
          entry.put("apiVersion", "v1");
          entry.put("time", fields.time());
          entry.put("fieldsType", "FieldsV1");
          entry.put("fieldsV1", fields.fields().toTree());
          if (!manager.subresource().isEmpty()) {
            entry.put("subresource", manager.subresource());
          }
          written.add(entry);
        });
    Map<String, Object> metadata = Trees.objectIn(object, "metadata");
    if (written.isEmpty()) {
      metadata.remove("managedFields");
    } else {
      metadata.put("managedFields", written);
    }
  }
}
