package io.sandjar.runtime.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class LambdaLinesTest {

  /** One lambda of its own, one of another's method, and none of the JVM's other dynamic calls. */
  private record Asked(String name) {
    Supplier<String> own() {
      return () -> name;
    }

    static Function<Integer, String> others() {
      return Integer::toHexString;
    }
  }

  @Test
  void lambdasAreNamedAsTheJvmNamesThem() throws IOException {
    var asked = "io/sandjar/runtime/daemon/LambdaLinesTest$Asked";
    try (var code = LambdaLinesTest.class.getResourceAsStream("LambdaLinesTest$Asked.class")) {
      assertEquals(
          List.of(
              "@lambda-proxy %1$s get (L%1$s;)Ljava/util/function/Supplier; ()Ljava/lang/Object; REF_invokeVirtual %1$s lambda$own$0 ()Ljava/lang/String; ()Ljava/lang/String;"
                  .formatted(asked),
              "@lambda-proxy %1$s apply ()Ljava/util/function/Function; (Ljava/lang/Object;)Ljava/lang/Object; REF_invokeStatic java/lang/Integer toHexString (I)Ljava/lang/String; (Ljava/lang/Integer;)Ljava/lang/String;"
                  .formatted(asked)),
          LambdaLines.of(code));
    }
  }
}
