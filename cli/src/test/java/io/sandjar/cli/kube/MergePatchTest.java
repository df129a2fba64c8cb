package io.sandjar.cli.kube;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sandjar.cli.output.JsonReader;
import java.io.IOException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MergePatchTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      quoteCharacter = '`',
      value = {
        "{} # {} # {}",
        "{\"a\":1} # {\"a\":1} # {}",
        "{\"a\":1} # {\"a\":2} # {\"a\":2}",
        "{\"a\":1} # {} # {\"a\":null}",
        "{} # {\"a\":{\"b\":1}} # {\"a\":{\"b\":1}}",
        "{\"a\":{\"b\":1,\"c\":2}} # {\"a\":{\"b\":1,\"c\":3}} # {\"a\":{\"c\":3}}",
        "{\"a\":{\"b\":1}} # {\"a\":{}} # {\"a\":{\"b\":null}}",
        "{\"a\":{\"b\":1}} # {\"a\":5} # {\"a\":5}",
        "{\"a\":[1,2]} # {\"a\":[1,2]} # {}",
        "{\"a\":[1,2]} # {\"a\":[2]} # {\"a\":[2]}",
        "{\"a\":[{\"b\":1}]} # {\"a\":[{\"b\":2}]} # {\"a\":[{\"b\":2}]}",
        "{\"a\":null} # {\"a\":null} # {}"
      })
  void aPatchTurnsOneTreeIntoTheOther(String before, String after, String patch)
      throws IOException {
    assertEquals(
        patch,
        JSON.std
            .with(JSON.Feature.WRITE_NULL_PROPERTIES)
            .asString(MergePatch.between(JsonReader.object(before), JsonReader.object(after))));
  }
}
