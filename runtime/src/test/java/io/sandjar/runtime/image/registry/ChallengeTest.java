package io.sandjar.runtime.image.registry;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** WWW-Authenticate headers as registries send them, and as they may. */
class ChallengeTest {

  @Test
  void aTokenServiceIsNamedByItsParameters() {
    assertEquals(
        List.of(
            new Challenge(
                "bearer",
                Map.of(
                    "realm", "https://auth.example/token",
                    "service", "registry",
                    "scope", "repository:a/b:pull,push"))),
        Challenge.parse(
            List.of(
                "Bearer realm=\"https://auth.example/token\",service=\"registry\","
                    + "scope=\"repository:a/b:pull,push\"")));
  }

  @Test
  void severalChallengesInOneOrSeveralHeadersAreAllTaken() {
    assertEquals(
        List.of(
            new Challenge("negotiate", Map.of()),
            new Challenge("basic", Map.of("realm", "a \"b\", c")),
            new Challenge("bearer", Map.of("realm", "x"))),
        Challenge.parse(List.of("Negotiate, BASIC Realm = \"a \\\"b\\\", c\"", "Bearer realm=x")));
  }

  @Test
  void whatIsNoChallengeEndsTheReading() {
    assertEquals(List.of(), Challenge.parse(List.of("", " , ", "=")));
    assertEquals(
        List.of(new Challenge("basic", Map.of("realm", "open"))),
        Challenge.parse(List.of("Basic realm=\"open")));
  }
}
