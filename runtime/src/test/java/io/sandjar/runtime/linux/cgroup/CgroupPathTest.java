package io.sandjar.runtime.linux.cgroup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CgroupPathTest {

  @ParameterizedTest
  @ValueSource(strings = {"/", "/a", "/a/b", "/a.b/.c/..d/e.", "/kubepods.slice/cri-1:2_x"})
  void leavesWhatIsNormal(String path) {
    assertEquals(path, CgroupPath.normal(path));
  }

  @ParameterizedTest
  @CsvSource({"'',/", "//,/", "a,/a", "/a/,/a", "//a///b//,/a/b", "a/b,/a/b"})
  void hasOneSlashBeforeEachName(String path, String normal) {
    assertEquals(normal, CgroupPath.normal(path));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/..", "/a/..", "/a/../b", "/.", "/a/./b", "/a\n", "/a\u007f/b", ".."})
  void refusesWhatLeadsElsewhere(String path) {
    assertThrows(IllegalArgumentException.class, () -> CgroupPath.normal(path));
  }

  @ParameterizedTest
  @ValueSource(ints = {256, 1000})
  void refusesNamesThatAreTooLong(int length) {
    String longest = "/" + "x".repeat(255) + "/y";
    assertEquals(longest, CgroupPath.normal(longest));
    assertThrows(
        IllegalArgumentException.class, () -> CgroupPath.normal("/a/" + "x".repeat(length)));
    assertThrows(
        IllegalArgumentException.class, () -> CgroupPath.normal("/" + "x".repeat(length) + "/y"));
  }
}
