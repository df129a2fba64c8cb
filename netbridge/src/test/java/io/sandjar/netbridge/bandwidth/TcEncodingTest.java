package io.sandjar.netbridge.bandwidth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.sandjar.netbridge.netlink.NetlinkRequest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Every encoder sends, byte for byte, what {@code tc} sends for the same purpose. */
class TcEncodingTest {
  private static final int V0 = 2;
  private static final int IFB9 = 3;

  /** In hex digits; tc numbers its requests by the time of day. */
  private static final int SEQUENCE_AT = 16;

  private static final int SEQUENCE_LENGTH = 8;

  @TestFactory
  Stream<DynamicTest> sendsWhatTcSends() throws IOException {
    Map<String, NetlinkRequest> ours = new LinkedHashMap<>();
    ours.put("tbf", TcRequests.replaceTbf(V0, 1_000_000, 131072, 25_000 + 131072));
    ours.put("slow-tbf", TcRequests.replaceTbf(IFB9, 31_250, 24000, 781 + 24000));
    ours.put("ingress", TcRequests.addIngress(V0));
    ours.put("redirect", TcRequests.redirectIngress(V0, IFB9));
    ours.put("delete-ingress", TcRequests.deleteIngress(V0));
    ours.put("delete-root", TcRequests.deleteRoot(V0));
    Map<String, String> captured = captured();
    assertEquals(captured.keySet(), ours.keySet());
    return ours.entrySet().stream()
        .map(
            each ->
                DynamicTest.dynamicTest(
                    each.getKey(),
                    () ->
                        assertEquals(
                            withoutSequence(captured.get(each.getKey())),
                            withoutSequence(HexFormat.of().formatHex(each.getValue().encode(1))))));
  }

  private static String withoutSequence(String hex) {
    return hex.substring(0, SEQUENCE_AT) + hex.substring(SEQUENCE_AT + SEQUENCE_LENGTH);
  }

  private static Map<String, String> captured() throws IOException {
    Map<String, String> captured = new HashMap<>();
    try (InputStream file = TcEncodingTest.class.getResourceAsStream("/tc/tc.txt")) {
      assertNotNull(file);
      String text = new String(file.readAllBytes(), StandardCharsets.US_ASCII);
      for (String block : text.strip().split("\n\n")) {
        String[] lines = block.split("\n");
        captured.put(lines[0], lines[2]);
      }
    }
    return captured;
  }
}
