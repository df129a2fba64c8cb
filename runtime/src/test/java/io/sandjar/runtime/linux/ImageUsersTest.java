package io.sandjar.runtime.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.runtime.linux.ImageUsers.GroupsPolicy;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ImageUsersTest {
  private static final String PASSWD =
      """
      root:x:0:0:root:/root:/bin/sh
      # a comment: with:colons:1:2
      web:x:33:34:Web:/srv:/bin/false
      1000:x:7:8:digits as a name:/seven:
      huge:x:99999999999:1::/:
      short:x:12
      """;
  private static final String GROUP =
      """
      root:x:0:
      wheel:x:10:root,web
      audio:x:29:web
      staff:x:50:
      """;

  private final ImageUsers users = users(Map.of("/etc/passwd", PASSWD, "/etc/group", GROUP));

  @Test
  void nobodyNamedIsRoot() throws IOException {
    assertEquals(
        new ProcessUser(0, 0, List.of(0, 10), "/root"),
        users.resolve("", List.of(), GroupsPolicy.MERGE));
  }

  @Test
  void aNameBringsItsGroupsAndHome() throws IOException {
    assertEquals(
        new ProcessUser(33, 34, List.of(34, 10, 29), "/srv"),
        users.resolve("web", List.of(), GroupsPolicy.MERGE));
  }

  @Test
  void aNumberInTheFileIsTheSameAsItsName() throws IOException {
    assertEquals(
        users.resolve("web", List.of(), GroupsPolicy.MERGE),
        users.resolve("33", List.of(), GroupsPolicy.MERGE));
  }

  @Test
  void aNumberThatIsNotInTheFileRunsInGroupRoot() throws IOException {
    assertEquals(
        new ProcessUser(4711, 0, List.of(0), "/"),
        users.resolve("4711", List.of(), GroupsPolicy.MERGE));
  }

  @Test
  void aNameOfDigitsWinsOverTheNumber() throws IOException {
    assertEquals(7, users.resolve("1000", List.of(), GroupsPolicy.MERGE).uid());
  }

  @Test
  void aGroupCanBeGivenByNameAndByNumber() throws IOException {
    assertEquals(50, users.resolve("web:staff", List.of(), GroupsPolicy.STRICT).gid());
    assertEquals(51, users.resolve("4711:51", List.of(), GroupsPolicy.STRICT).gid());
  }

  @Test
  void strictLeavesTheImagesGroupsOut() throws IOException {
    assertEquals(
        List.of(34, 5000), users.resolve("web", List.of(5000), GroupsPolicy.STRICT).groups());
  }

  @Test
  void mergeAddsThemAndNoneIsTwice() throws IOException {
    assertEquals(
        List.of(34, 10, 29, 5000),
        users.resolve("web", List.of(5000, 29), GroupsPolicy.MERGE).groups());
  }

  @Test
  void thePrimaryGroupIsAlwaysAmongTheGroups() throws IOException {
    assertTrue(users.resolve("4711:51", List.of(7), GroupsPolicy.STRICT).groups().contains(51));
  }

  @Test
  void anUnknownNameSaysWhereItWasSought() {
    var refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> users.resolve("nobody-here", List.of(), GroupsPolicy.MERGE));

    assertEquals(
        "no user \"nobody-here\" in the image's /etc/passwd: use a number, or add the user",
        refused.getMessage());
    assertThrows(
        IllegalArgumentException.class,
        () -> users.resolve("0:no-group", List.of(), GroupsPolicy.MERGE));
  }

  @Test
  void anImageWithoutFilesKnowsNumbersAndRoot() throws IOException {
    ImageUsers none = users(Map.of());

    assertEquals(0, none.resolve("", List.of(), GroupsPolicy.MERGE).uid());
    assertEquals(65534, none.resolve("65534", List.of(), GroupsPolicy.MERGE).uid());
  }

  @Test
  void anIdThatTheKernelCannotHaveIsRefused() {
    assertThrows(
        IllegalArgumentException.class,
        () -> users.resolve("4294967295", List.of(), GroupsPolicy.MERGE));
    assertThrows(
        IllegalArgumentException.class,
        () -> users.resolve("web", List.of(-1), GroupsPolicy.MERGE));
  }

  private static ImageUsers users(Map<String, String> files) {
    return new ImageUsers(
        path ->
            Optional.ofNullable(files.get(path))
                .map(text -> text.getBytes(StandardCharsets.UTF_8)));
  }
}
