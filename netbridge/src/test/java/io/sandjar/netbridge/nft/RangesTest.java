package io.sandjar.netbridge.nft;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sandjar.netbridge.Cidr;
import io.sandjar.netbridge.IpFamily;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RangesTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "10.1.0.0/24                | 00000000 end, 0a010000, 0a010100 end",
        "10.1.1.0/24 10.1.0.0/24    | 00000000 end, 0a010000, 0a010200 end",
        "10.1.0.0/24 10.0.0.0/8     | 00000000 end, 0a000000, 0b000000 end",
        "10.1.0.0/24 10.3.0.0/24    | 00000000 end, 0a010000, 0a010100 end, 0a030000, 0a030100 end",
        "10.1.0.7/24 fd00::/8       | 00000000 end, 0a010000, 0a010100 end",
        "0.0.0.0/0                  | 00000000",
        "128.0.0.0/1                | 00000000 end, 80000000",
        "fd00::/8                   | ''"
      })
  void networksAreSortedAndJoined(String networks, String elements) {
    List<Cidr> cidrs = Arrays.stream(networks.split(" ")).map(Cidr::parse).toList();
    List<String> wanted = elements.isEmpty() ? List.of() : List.of(elements.split(", "));
    assertEquals(
        wanted, Ranges.of(cidrs, IpFamily.IPV4).stream().map(SetElement::signature).toList());
  }
}
