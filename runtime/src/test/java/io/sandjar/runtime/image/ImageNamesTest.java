package io.sandjar.runtime.image;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sandjar.runtime.image.reference.Digest;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Which of its names an image is shown by. */
class ImageNamesTest {
  private static final Digest ID = Digest.sha256(new byte[0]);
  private static final String AT = "@" + ID;

  private final Image two =
      image(
          List.of("registry.example/team/app:1", "docker.io/library/app:latest"),
          List.of("registry.example/team/app" + AT, "docker.io/library/app" + AT));

  @Test
  void peopleSeeTheNameThatTheyAskedForWhereItIsStillThere() {
    assertEquals(Optional.of("docker.io/library/app:latest"), two.nameFor("app"));
    assertEquals(
        Optional.of("registry.example/team/app:1"), two.nameFor("registry.example/team/app:1"));
    assertEquals(Optional.of("registry.example/team/app:1"), two.nameFor("app:gone"));
    assertEquals(Optional.of("registry.example/team/app:1"), two.nameFor(ID.toString()));
    assertEquals(
        Optional.of("a.example/b" + AT), image(List.of(), List.of("a.example/b" + AT)).nameFor(""));
    assertEquals(Optional.empty(), image(List.of(), List.of()).nameFor("app"));
  }

  @Test
  void theReferenceIsOfTheRepositoryThatWasAskedFor() {
    assertEquals("docker.io/library/app" + AT, two.referenceFor("app:gone"));
    assertEquals("registry.example/team/app" + AT, two.referenceFor("registry.example/team/app"));
    assertEquals("registry.example/team/app" + AT, two.referenceFor(ID.toString()));
    assertEquals(ID.toString(), image(List.of(), List.of()).referenceFor("app"));
  }

  private static Image image(List<String> tags, List<String> digests) {
    return new Image(
        ID,
        tags,
        digests,
        1,
        Platform.host(),
        Optional.empty(),
        new ImageConfig(
            List.of(), List.of(), List.of(), "", "", "", List.of(), List.of(), Map.of()),
        Map.of(),
        List.of(),
        false);
  }
}
