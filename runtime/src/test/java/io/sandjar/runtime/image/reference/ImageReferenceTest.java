package io.sandjar.runtime.image.reference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImageReferenceTest {
  private static final String HEX = "0123456789abcdef".repeat(4);

  @ParameterizedTest
  @CsvSource({
    "nginx, docker.io/library/nginx:latest",
    "nginx:1.14.2, docker.io/library/nginx:1.14.2",
    "user/app, docker.io/user/app:latest",
    "docker.io/nginx, docker.io/library/nginx:latest",
    "index.docker.io/nginx, docker.io/library/nginx:latest",
    "ghcr.io/x/y:v1, ghcr.io/x/y:v1",
    "localhost/a, localhost/a:latest",
    "localhost:5000/a, localhost:5000/a:latest",
    "host:5000/a/b:t, host:5000/a/b:t",
    "[::1]:5000/a, [::1]:5000/a:latest",
    "a__b/c.d-e, docker.io/a__b/c.d-e:latest",
    "Host/a, Host/a:latest",
  })
  void shortNamesBecomeFullOnes(String text, String full) {
    assertEquals(full, ImageReference.parse(text).toString());
  }

  @Test
  void aDigestWinsOverTheTag() {
    var reference = ImageReference.parse("host:5000/a/b:v1@sha256:" + HEX);
    assertEquals("sha256:" + HEX, reference.object());
    assertEquals(Optional.empty(), reference.repoTag());
    assertEquals("host:5000/a/b", reference.name());
  }

  @ParameterizedTest
  @CsvSource({
    "'', empty",
    "Nginx, lower case",
    "nginx:, tag",
    "nginx:.x, tag",
    "a//b, empty path component",
    "-a, component",
    "a/b@sha256:12, sha256 digest has 64",
    "a/b@md5:12, not one of",
    "host.io/A/b, lower case",
    "'a b', component",
  })
  void malformedNamesSayWhatIsWrong(String text, String part) {
    String message =
        assertThrows(IllegalArgumentException.class, () -> ImageReference.parse(text)).getMessage();
    assertTrue(message.contains(part), message);
  }

  @Test
  void sixtyFourHexDigitsAreAnIdAndNoName() {
    assertThrows(IllegalArgumentException.class, () -> ImageReference.parse(HEX));
  }

  @Test
  void aHugeNameIsRefusedQuickly() {
    assertThrows(IllegalArgumentException.class, () -> ImageReference.parse("a".repeat(1 << 20)));
    assertThrows(
        IllegalArgumentException.class, () -> ImageReference.parse("a-".repeat(200) + "!"));
  }
}
