package io.sandjar.netbridge.nft;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.netbridge.Cidr;
import io.sandjar.netbridge.PortMapping;
import io.sandjar.netbridge.PortMapping.Protocol;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HostPortsTest {
  private final HostPorts ports = new HostPorts();

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "-, -, true",
        "-, 192.0.2.1, true",
        "-, 2001:db8::1, true",
        "0.0.0.0, 192.0.2.1, true",
        "0.0.0.0, -, true",
        "192.0.2.1, 192.0.2.1, true",
        "192.0.2.1, 192.0.2.2, false",
        "0.0.0.0, 2001:db8::1, false",
        "0.0.0.0, ::, false",
        "2001:db8::1, 2001:db8:0::1, true"
      })
  void theSamePortConflictsWhereAddressesMeet(String one, String other, boolean conflict)
      throws IOException {
    ports.claim("a", "ns/a", List.of(tcp(80, one)));
    if (conflict) {
      String message =
          assertThrows(
                  HostPortConflictException.class,
                  () -> ports.claim("b", "ns/b", List.of(tcp(80, other))))
              .getMessage();
      assertTrue(message.contains("ns/a") && message.contains("ns/b"), message);
    } else {
      ports.claim("b", "ns/b", List.of(tcp(80, other)));
    }
  }

  @Test
  void aPortOfLoopbackV6CanLeadNowhere() {
    for (String loopback : List.of("::1", "0:0:0:0:0:0:0:1")) {
      String message =
          assertThrows(
                  IllegalArgumentException.class,
                  () -> ports.claim("a", "ns/a", List.of(tcp(80, loopback))))
              .getMessage();
      assertTrue(message.contains("ns/a") && message.contains("use 127.0.0.1"), message);
    }
  }

  @Test
  void aRefusedClaimReservesNothing() throws IOException {
    ports.claim("a", "ns/a", List.of(tcp(80, "")));
    assertThrows(
        HostPortConflictException.class,
        () -> ports.claim("b", "ns/b", List.of(tcp(81, ""), tcp(80, ""))));
    assertDoesNotThrow(() -> ports.claim("c", "ns/c", List.of(tcp(81, ""))));
  }

  @Test
  void aSecondClaimReplacesTheFirst() throws IOException {
    ports.claim("a", "ns/a", List.of(tcp(80, "")));
    ports.claim("a", "ns/a", List.of(tcp(81, "")));
    assertDoesNotThrow(() -> ports.claim("b", "ns/b", List.of(tcp(80, ""))));
    assertEquals(2, ports.all().size());
  }

  @Test
  void aPodThatWantsAPortTwiceIsToldSo() {
    String message =
        assertThrows(
                HostPortConflictException.class,
                () -> ports.claim("a", "ns/a", List.of(tcp(80, ""), tcp(80, "127.0.0.1"))))
            .getMessage();
    assertTrue(message.contains("itself"), message);
  }

  @Test
  void anOpenPortIsOneElementOfEachFamilysMap() throws IOException {
    PodTable table = new PodTable("t");
    ports.claim("a", "ns/a", List.of(tcp(80, ""), tcp(81, "::"), tcp(82, "192.0.2.1")));
    ports.put(
        ports
            .opened("a", List.of(Cidr.address("10.1.0.2"), Cidr.address("fd00::2")))
            .orElseThrow());
    Map<String, Integer> counts =
        ports.elements(table).entrySet().stream()
            .collect(Collectors.toMap(e -> e.getKey().name(), e -> e.getValue().size()));
    assertEquals(Map.of("ports4", 1, "ports6", 2, "address_ports4", 1), counts);
  }

  private static PortMapping tcp(int port, String hostIp) {
    return new PortMapping(Protocol.TCP, port, 8080, hostIp);
  }
}
