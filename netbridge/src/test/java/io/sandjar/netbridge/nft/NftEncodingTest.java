package io.sandjar.netbridge.nft;

import static io.sandjar.netbridge.nft.DataType.Part.INET_PROTO;
import static io.sandjar.netbridge.nft.DataType.Part.INET_SERVICE;
import static io.sandjar.netbridge.nft.DataType.Part.IPV4_ADDR;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.sandjar.netbridge.Cidr;
import io.sandjar.netbridge.PortMapping.Protocol;
import io.sandjar.netbridge.netlink.NetlinkRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Batches are byte for byte what the real nft sends for the .nft file of the same name. */
class NftEncodingTest {
  private static final DataType PORT = DataType.of(INET_PROTO, INET_SERVICE);
  private static final DataType POD = DataType.of(IPV4_ADDR, INET_SERVICE);
  private static final Table T = new Table(Family.INET, "t");
  private static final NftSet M = NftSet.map(T, "m", 1, PORT, POD);

  @BeforeAll
  static void capturesAreOfALittleEndianMachine() {
    Assumptions.assumeTrue(ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN);
  }

  @Test
  void theWholePodTable() throws IOException {
    Batch batch = new Batch();
    new PodTable("sandjar")
        .create(
            batch,
            "cbr0",
            List.of(Cidr.parse("10.1.0.0/24"), Cidr.parse("fd00:0:0:1::/64")),
            List.of(
                Cidr.parse("172.16.0.0/12"), Cidr.parse("10.0.0.0/8"), Cidr.parse("fd00::/48")));
    assertSame("pod-table", batch);
  }

  @Test
  void elementsAreAdded() throws IOException {
    assertSame(
        "add-elements",
        new Batch()
            .add(
                M,
                List.of(
                    SetElement.entry(
                        PORT.encode(6, 8080),
                        POD.encode(Cidr.address("10.1.0.2"), 80),
                        "default/web"),
                    SetElement.entry(
                        PORT.encode(17, 53),
                        POD.encode(Cidr.address("10.1.0.3"), 5353),
                        "default/dns"))));
  }

  @Test
  void elementsAreDeleted() throws IOException {
    assertSame(
        "delete-elements",
        new Batch().delete(M, List.of(new SetElement(PORT.encode(6, 8080), null, false, ""))));
  }

  @Test
  void aSetIsFlushed() throws IOException {
    assertSame("flush-set", new Batch().flush(M));
  }

  @Test
  void aTableIsReplaced() throws IOException {
    assertSame("replace-table", new Batch().add(T).delete(T).add(T));
  }

  @Test
  void filterRules() throws IOException {
    Table f = new Table(Family.IP, "f");
    Chain c = f.chain("c");
    Chain d = f.chain("d");
    NftSet s = new NftSet(f, "s", 1, DataType.of(IPV4_ADDR), null, false);
    Cidr ten = Cidr.parse("10.16.0.0/12");
    assertSame(
        "filter-rules",
        new Batch()
            .add(Rule.in(c).ctState(Rule.CT_STATE_ESTABLISHED | Rule.CT_STATE_RELATED).accept())
            .add(Rule.in(c).dport(Protocol.TCP.number(), 443).counter().accept())
            .add(Rule.in(c).dportNot(Protocol.UDP.number(), 53).drop())
            .add(
                Rule.in(c).ipSaddr(Match.is(ten)).ipDaddr(Match.is(Cidr.parse("10.1.2.3"))).jump(d))
            .add(Rule.in(c).ipSaddr(Match.isNot(ten)).returns())
            .add(Rule.in(c).ipDaddr(Match.in(s)).setMark(0x40))
            .add(Rule.in(c).iifnameNot("eth0").goesTo(d)));
  }

  @Test
  void natRules() throws IOException {
    Table n = new Table(Family.IP, "n");
    Chain c = n.chain("c");
    Chain p = n.chain("p");
    assertSame(
        "nat-rules",
        new Batch()
            .add(Rule.in(c).dport(Protocol.TCP.number(), 8080).dnat(Cidr.address("10.1.0.2"), 80))
            .add(Rule.in(c).dport(Protocol.TCP.number(), 8081).redirect(80))
            .add(
                Rule.in(p)
                    .ipSaddr(Match.is(Cidr.parse("10.1.0.0/24")))
                    .snat(Cidr.address("192.0.2.1")))
            .add(Rule.in(p).masquerade()));
  }

  private static void assertSame(String name, Batch batch) throws IOException {
    ByteArrayOutputStream sent = new ByteArrayOutputStream();
    int sequence = 0;
    for (NetlinkRequest request : batch.requests(false)) {
      sent.writeBytes(request.encode(sequence++));
    }
    assertEquals(captured(name), lines(HexFormat.of().formatHex(sent.toByteArray())));
  }

  private static String captured(String name) throws IOException {
    try (InputStream file = NftEncodingTest.class.getResourceAsStream("/nft/" + name + ".hex")) {
      return lines(new String(file.readAllBytes(), StandardCharsets.US_ASCII).replace("\n", ""));
    }
  }

  /** Eight bytes to a line, so that a difference can be found. */
  private static String lines(String hex) {
    return hex.replaceAll("(.{16})", "$1\n");
  }
}
