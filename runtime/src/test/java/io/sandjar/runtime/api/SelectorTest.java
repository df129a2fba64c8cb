package io.sandjar.runtime.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.api.select.FieldSelector;
import io.sandjar.runtime.api.select.LabelSelector;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SelectorTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      textBlock =
          """
          env=prod                    ; true
          env==prod                   ; true
          env!=prod                   ; false
          missing!=prod               ; true
          env                         ; true
          !env                        ; false
          !missing                    ; true
          env in (prod,dev)           ; true
          env notin (prod,dev)        ; false
          missing notin (a)           ; true
          missing in (a)              ; false
          app=pc,rel=beta             ; true
          app=pc,rel=stable           ; false
          env in (prod, dev),app=pc   ; true
          example.com/x=              ; true
          size>2                      ; true
          size>3                      ; false
          size < 10                   ; true
          env>1                       ; false
          missing<1                   ; false
          """)
  void aLabelSelectorMatchesAsKubectlsDoes(String selector, boolean matches) {
    assertEquals(
        matches,
        LabelSelector.parse(selector)
            .test(
                Map.of(
                    "env", "prod", "app", "pc", "rel", "beta", "example.com/x", "", "size", "3")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"=a", "a b", "a in b", "a in (b", "a=b=c", "a=-b", ",", "a!b"})
  void aMalformedLabelSelectorIsRefused(String selector) {
    assertThrows(EngineException.class, () -> LabelSelector.parse(selector), selector);
  }

  @ParameterizedTest
  @CsvSource({
    "status.phase=Running, true",
    "status.phase!=Running, false",
    "metadata.name=a, true",
    "'metadata.name=a,status.phase==Pending', false",
    "spec.nodeName=, true",
    "spec.hostNetwork=false, true",
  })
  void aFieldSelectorMatchesTheFieldsOfItsKind(String selector, boolean matches) {
    Map<String, Object> pod =
        Map.of("metadata", Map.of("name", "a"), "status", Map.of("phase", "Running"));
    assertEquals(matches, FieldSelector.parse("Pod", selector).test(pod));
  }

  @ParameterizedTest
  @ValueSource(strings = {"spec.image=a", "involvedObject.name=a", "a"})
  void aFieldThatCannotBeSelectedByIsRefused(String selector) {
    assertThrows(EngineException.class, () -> FieldSelector.parse("Pod", selector), selector);
  }
}
