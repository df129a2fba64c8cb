package io.sandjar.runtime.api.table;

import io.sandjar.runtime.pod.schema.Trees;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Prints objects as meta.k8s.io/v1 Tables, with the columns that kubectl users know. */
public final class Tables {
  private static final Column NAME = Column.of("Name", "The object's name.", Row::name);
  private static final Column AGE = Column.of("Age", "The time since it was created.", Row::age);
  private static final Map<String, List<Column>> COLUMNS =
      Map.of(
          "Pod", podColumns(),
          "Node", nodeColumns(),
          "Event", eventColumns(),
          "Namespace",
              List.of(NAME, Column.of("Status", "Active or Terminating.", Tables::phase), AGE),
          "ConfigMap",
              List.of(
                  NAME,
                  Column.of(
                      "Data", "The number of keys.", row -> entries(row, "data", "binaryData")),
                  AGE),
          "Secret",
              List.of(
                  NAME,
                  Column.of(
                      "Type", "What it is for.", row -> row.object().getOrDefault("type", "")),
                  Column.of("Data", "The number of keys.", row -> entries(row, "data")),
                  AGE));

  private Tables() {}

  /** How much of each object goes along with its row. */
  public enum Include {
    NONE,
    METADATA,
    OBJECT
  }

  /** A table of objects of one kind; {@code metadata} is the list's. */
  public static Map<String, Object> table(
      String kind,
      List<Map<String, Object>> objects,
      Map<String, Object> metadata,
      Include include,
      Instant now) {
    List<Column> columns = COLUMNS.getOrDefault(kind, List.of(NAME, AGE));
    var table = new LinkedHashMap<String, Object>();
    table.put("kind", "Table");
    table.put("apiVersion", "meta.k8s.io/v1");
    table.put("metadata", metadata);
    table.put("columnDefinitions", columns.stream().map(Column::definition).toList());
    table.put("rows", objects.stream().map(object -> row(columns, object, include, now)).toList());
    return table;
  }

  private static Map<String, Object> row(
      List<Column> columns, Map<String, Object> object, Include include, Instant now) {
    var source = new Row(object, now);
    var row = new LinkedHashMap<String, Object>();
    row.put("cells", columns.stream().map(column -> column.cell().apply(source)).toList());
    switch (include) {
      case METADATA -> row.put("object", partial(object));
      case OBJECT -> row.put("object", object);
      case NONE -> {}
    }
    return row;
  }

  /** An object of which only the metadata is told. */
  public static Map<String, Object> partial(Map<String, Object> object) {
    var partial = new LinkedHashMap<String, Object>();
    partial.put("kind", "PartialObjectMetadata");
    partial.put("apiVersion", "meta.k8s.io/v1");
    partial.put("metadata", Trees.object(object, "metadata"));
    return partial;
  }

  private static List<Column> podColumns() {
    return List.of(
        NAME,
        Column.of(
            "Ready", "Containers that are ready, of all.", row -> new PodSummary(row).ready()),
        Column.of("Status", "The pod's state in a word.", row -> new PodSummary(row).status()),
        Column.of(
            "Restarts",
            "How often containers were restarted.",
            row -> new PodSummary(row).restarts()),
        AGE,
        Column.wide("IP", "The pod's address.", row -> orNone(row.at("status"), "podIP")),
        Column.wide("Node", "The node that runs it.", row -> orNone(row.at("spec"), "nodeName")),
        Column.wide(
            "Nominated Node", "Not used.", row -> orNone(row.at("status"), "nominatedNodeName")),
        Column.wide("Readiness Gates", "Gates that are open, of all.", Tables::readinessGates));
  }

  private static List<Column> nodeColumns() {
    return List.of(
        NAME,
        Column.of("Status", "Whether it is ready.", Tables::nodeStatus),
        Column.of("Roles", "Its roles.", Tables::nodeRoles),
        AGE,
        Column.of("Version", "The version of the API.", row -> info(row, "kubeletVersion")),
        Column.wide("Internal-IP", "Its address.", row -> address(row, "InternalIP")),
        Column.wide("External-IP", "Not used.", row -> address(row, "ExternalIP")),
        Column.wide("OS-Image", "The distribution.", row -> info(row, "osImage")),
        Column.wide("Kernel-Version", "The kernel.", row -> info(row, "kernelVersion")),
        Column.wide(
            "Container-Runtime", "The runtime.", row -> info(row, "containerRuntimeVersion")));
  }

  private static List<Column> eventColumns() {
    return List.of(
        Column.of("Last Seen", "When it happened last.", Tables::lastSeen),
        Column.of("Type", "Normal or Warning.", row -> row.object().getOrDefault("type", "")),
        Column.of("Reason", "What happened.", row -> row.object().getOrDefault("reason", "")),
        Column.of("Object", "What it happened to.", Tables::involved),
        Column.wide(
            "Subobject",
            "The part it happened to.",
            row -> Trees.string(row.at("involvedObject"), "fieldPath", "")),
        Column.wide("Source", "Who saw it.", Tables::eventSource),
        Column.of(
            "Message",
            "What happened, for people.",
            row -> row.object().getOrDefault("message", "")),
        Column.wide(
            "First Seen",
            "When it happened first.",
            row -> row.since(Trees.string(row.object(), "firstTimestamp"))),
        Column.wide(
            "Count", "How often.", row -> row.object().getOrDefault("count", 1L).toString()),
        Column.wide("Name", "The event's name.", Row::name));
  }

  private static Object phase(Row row) {
    return Trees.string(row.at("status"), "phase", "");
  }

  private static Object entries(Row row, String... fields) {
    int count = 0;
    for (String field : fields) {
      count += row.at(field).size();
    }
    return Integer.toString(count);
  }

  private static String orNone(Map<String, Object> object, String field) {
    return Trees.string(object, field).filter(value -> !value.isEmpty()).orElse("<none>");
  }

  private static Object readinessGates(Row row) {
    List<Map<String, Object>> gates = Trees.objects(row.at("spec"), "readinessGates");
    if (gates.isEmpty()) {
      return "<none>";
    }
    long open =
        gates.stream().filter(gate -> isTrue(row, (String) gate.get("conditionType"))).count();
    return open + "/" + gates.size();
  }

  private static boolean isTrue(Row row, String type) {
    return Trees.objects(row.at("status"), "conditions").stream()
        .anyMatch(c -> type.equals(c.get("type")) && "True".equals(c.get("status")));
  }

  private static Object nodeStatus(Row row) {
    String ready = isTrue(row, "Ready") ? "Ready" : "NotReady";
    return Trees.flag(row.at("spec"), "unschedulable") ? ready + ",SchedulingDisabled" : ready;
  }

  private static Object nodeRoles(Row row) {
    String prefix = "node-role.kubernetes.io/";
    String roles =
        row.at("metadata", "labels").keySet().stream()
            .filter(label -> label.startsWith(prefix))
            .map(label -> label.substring(prefix.length()))
            .sorted()
            .collect(Collectors.joining(","));
    return roles.isEmpty() ? "<none>" : roles;
  }

  private static String info(Row row, String field) {
    return Trees.string(row.at("status", "nodeInfo"), field, "<unknown>");
  }

  private static String address(Row row, String type) {
    return Trees.objects(row.at("status"), "addresses").stream()
        .filter(address -> type.equals(address.get("type")))
        .flatMap(address -> Trees.string(address, "address").stream())
        .findFirst()
        .orElse("<none>");
  }

  private static Object lastSeen(Row row) {
    Optional<String> last = Trees.string(row.object(), "lastTimestamp");
    return row.since(last.isPresent() ? last : Trees.string(row.object(), "eventTime"));
  }

  private static Object involved(Row row) {
    Map<String, Object> object = row.at("involvedObject");
    return Trees.string(object, "kind", "").toLowerCase(java.util.Locale.ROOT)
        + "/"
        + Trees.string(object, "name", "");
  }

  private static Object eventSource(Row row) {
    var parts = new ArrayList<String>();
    Trees.string(row.at("source"), "component").ifPresent(parts::add);
    Trees.string(row.at("source"), "host").ifPresent(parts::add);
    return String.join(", ", parts);
  }
}
