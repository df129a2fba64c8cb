package io.sandjar.runtime.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordJsonTest {
  enum Mood {
    GOOD,
    BAD
  }

  sealed interface Shape permits Circle, Square {}

  record Circle(int radius) implements Shape {}

  record Square(int side) implements Shape {}

  record Inner(String text, long number) {}

  record Outer(
      String name,
      Mood mood,
      Shape shape,
      List<Inner> inners,
      Map<String, String> labels,
      Optional<Inner> maybe,
      Optional<Long> user,
      OptionalLong limit,
      Path path,
      boolean on) {}

  private static final Outer FULL =
      new Outer(
          "a",
          Mood.BAD,
          new Square(3),
          List.of(new Inner("x", 1L << 40)),
          Map.of("k", "v"),
          Optional.of(new Inner("y", -1)),
          Optional.of(0L),
          OptionalLong.of(0),
          Path.of("/a/b"),
          true);

  @Test
  void aRecordComesBackAsItWas() throws Exception {
    assertEquals(FULL, RecordJson.read(Outer.class, RecordJson.bytes(FULL)));
  }

  @Test
  void missingKeysGiveEmptyValuesAndUnknownOnesAreSkipped() throws Exception {
    Outer read =
        RecordJson.fromTree(
            Outer.class,
            Map.of("mood", "BAD", "shape", Map.of("is", "Circle"), "path", "/", "future", 1));
    assertEquals("", read.name());
    assertEquals(new Circle(0), read.shape());
    assertEquals(List.of(), read.inners());
    assertEquals(Map.of(), read.labels());
    assertEquals(Optional.empty(), read.maybe());
  }

  @Test
  void aMissingKeyThatHasNoEmptyValueIsRefused() {
    var refused =
        assertThrows(
            IOException.class, () -> RecordJson.fromTree(Outer.class, Map.of("name", "n")));
    assertEquals("Outer.mood: it is missing", refused.getMessage());
  }

  record Owned(String id, int number) {}

  @Test
  void aFileThatIsAFolderOrAnothersRecordIsSetAside(@TempDir Path root) throws Exception {
    Path base = root.resolve("things");
    RecordFolder<Owned> folder = new RecordFolder<>(base, "thing.json", Owned.class, 1);
    folder.save("mine", new Owned("mine", 1));
    folder.save("digest", new Owned("sha256:digest", 2));
    folder.save("stolen", new Owned("mine", 3));
    folder.save("nobodys", new Owned("", 4));
    for (int time = 0; time < 2; time++) {
      Files.createDirectories(base.resolve("folder/thing.json/full"));
      assertEquals(Set.of("mine", "digest"), folder.loadAll().keySet());
    }
    assertTrue(Files.isDirectory(root.resolve("corrupt/things-folder-thing.json")));
  }

  @Test
  void aCorruptFileIsSetAsideAndTheOthersAreRead(@TempDir Path root) throws Exception {
    Path base = root.resolve("inners");
    RecordFolder<Inner> folder = new RecordFolder<>(base, "inner.json", Inner.class, 1);
    folder.save("good", new Inner("g", 1));
    folder.saveDurably("bad", new Inner("b", 2));
    Files.writeString(base.resolve("bad/inner.json"), "{\"version\":1,");
    folder.save("future", new Inner("f", 3));
    Files.writeString(base.resolve("future/inner.json"), "{\"version\":9}");

    assertEquals(Map.of("good", new Inner("g", 1)), folder.loadAll());
    folder.delete("bad");
    assertTrue(Files.exists(root.resolve("corrupt/inners-bad-inner.json")));
    assertEquals(List.of("future", "good"), List.copyOf(folder.ids()));
  }
}
