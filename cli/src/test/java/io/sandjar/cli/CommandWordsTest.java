package io.sandjar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class CommandWordsTest {

  private static void assertOrdered(String expected, String words) {
    assertEquals(
        List.of(expected.split(" ")), CommandWords.ordered(List.of(words.split(" "))), words);
  }

  @Test
  void optionsBeforeTheCommandComeAfterIt() {
    assertOrdered("get -n kube-system --socket /s pods", "-n kube-system --socket /s get pods");
    assertEquals(List.of(), CommandWords.ordered(List.of()));
    assertEquals(List.of("-n"), CommandWords.ordered(List.of("-n")));
  }

  @Test
  void aLevelOfVerbosityIsOnUnlessItIsZero() {
    for (var word : List.of("-v6", "-v=6", "--v=6", "-v10", "-v=10", "--v=100")) {
      assertOrdered("get --verbose pods", "get " + word + " pods");
      assertOrdered("get --verbose pods", word + " get pods");
    }
    for (var word : List.of("-v0", "-v=0", "--v=00")) {
      assertOrdered("get --verbose=false pods", "get " + word + " pods");
    }
    assertOrdered("get -v -vx --verbose", "get -v -vx --verbose");
  }

  @Test
  void aDryRunWithoutAValueIsTheClients() {
    assertOrdered("run --dry-run=client web", "run --dry-run web");
    assertOrdered("create --dry-run=client -f a", "--dry-run create -f a");
  }

  @Test
  void theWordsOfAnotherProgramStayAsTheyAre() {
    assertOrdered("exec --verbose app -- tool -v2", "exec -v2 app -- tool -v2");
    assertOrdered(
        "container --socket exec exec --verbose -it app tool -v2 --dry-run",
        "container --socket exec exec -v2 -it app tool -v2 --dry-run");
    assertOrdered("container logs app --verbose", "container logs app -v2");
  }
}
