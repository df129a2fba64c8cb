package io.sandjar.cri.v1;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The compiled contract is the published one, line by line, in both directions. */
class WireContractTest {
  private static final String TABLE = "/v1-wire.tsv";

  private final FileDescriptor compiled = VersionRequest.getDescriptor().getFile();

  @Test
  void everyLineOfTheTableIsCompiledAndNothingElse() throws IOException {
    var missing = new TreeSet<>(table());
    missing.removeAll(compiledLines());
    var surplus = new TreeSet<>(compiledLines());
    surplus.removeAll(table());

    assertEquals("", String.join("\n", missing), "in the table, not in api.proto");
    assertEquals("", String.join("\n", surplus), "in api.proto, not in the table");
    assertEquals(table().size(), compiledLines().size(), "a line occurs twice");
  }

  @Test
  void thePackageIsTheOneThatClientsCall() {
    assertEquals("runtime.v1", compiled.getPackage());
    assertEquals("runtime.v1.RuntimeService", RuntimeServiceGrpc.SERVICE_NAME);
    assertEquals("runtime.v1.ImageService", ImageServiceGrpc.SERVICE_NAME);
  }

  private static List<String> table() throws IOException {
    var stream = WireContractTest.class.getResourceAsStream(TABLE);
    assertNotNull(stream, TABLE);
    try (var reader = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
      return reader.lines().filter(line -> !line.startsWith("#") && !line.isBlank()).toList();
    }
  }

  private List<String> compiledLines() {
    var lines = new ArrayList<String>();
    for (var service : compiled.getServices()) {
      for (var rpc : service.getMethods()) {
        lines.add(line("rpc", service.getName(), "-", rpc.getName(), signature(rpc)));
      }
    }
    compiled.getMessageTypes().forEach(message -> addMessage(lines, message));
    compiled.getEnumTypes().forEach(choice -> addEnum(lines, choice));
    return lines;
  }

  private static void addMessage(List<String> lines, Descriptor message) {
    if (message.getFields().isEmpty()) {
      lines.add(line("message", nameOf(message.getFullName()), "-", "-", "-"));
    }
    for (var field : message.getFields()) {
      lines.add(
          line(
              "message",
              nameOf(message.getFullName()),
              String.valueOf(field.getNumber()),
              field.getName(),
              typeOf(field)));
    }
    message.getEnumTypes().forEach(choice -> addEnum(lines, choice));
    message.getNestedTypes().stream()
        .filter(nested -> !nested.getOptions().getMapEntry())
        .forEach(nested -> addMessage(lines, nested));
  }

  private static void addEnum(List<String> lines, EnumDescriptor choice) {
    for (var value : choice.getValues()) {
      lines.add(
          line(
              "enum",
              nameOf(choice.getFullName()),
              String.valueOf(value.getNumber()),
              value.getName(),
              "-"));
    }
  }

  private static String signature(MethodDescriptor rpc) {
    return streamed(rpc.isClientStreaming(), rpc.getInputType())
        + " -> "
        + streamed(rpc.isServerStreaming(), rpc.getOutputType());
  }

  private static String streamed(boolean stream, Descriptor message) {
    return (stream ? "stream " : "") + nameOf(message.getFullName());
  }

  private static String typeOf(FieldDescriptor field) {
    if (field.isMapField()) {
      var entry = field.getMessageType();
      return "map<%s,%s>"
          .formatted(
              singleTypeOf(entry.findFieldByNumber(1)), singleTypeOf(entry.findFieldByNumber(2)));
    }
    return (field.isRepeated() ? "repeated " : "") + singleTypeOf(field);
  }

  private static String singleTypeOf(FieldDescriptor field) {
    return switch (field.getJavaType()) {
      case MESSAGE -> nameOf(field.getMessageType().getFullName());
      case ENUM -> nameOf(field.getEnumType().getFullName());
      default -> field.toProto().getType().name().replaceFirst("^TYPE_", "").toLowerCase();
    };
  }

  private static String nameOf(String fullName) {
    return fullName.substring("runtime.v1.".length());
  }

  private static String line(String... columns) {
    return String.join("\t", columns);
  }
}
