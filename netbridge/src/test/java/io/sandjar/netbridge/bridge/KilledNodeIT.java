package io.sandjar.netbridge.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sandjar.netbridge.Attachment;
import io.sandjar.netbridge.bandwidth.TcShaper;
import io.sandjar.netbridge.namespace.NetworkNamespace;
import io.sandjar.netbridge.nft.NftFirewall;
import io.sandjar.netbridge.pool.PoolUsage;
import io.sandjar.netbridge.routes.PeerTable;
import io.sandjar.netbridge.routes.StaticRoutes;
import io.sandjar.netbridge.rtnl.Link;
import io.sandjar.netbridge.rtnl.Rtnl;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A process is killed with SIGKILL in the middle of 200 attaches, and another takes over. */
class KilledNodeIT {
  private static final int PODS = 200;
  private static final Pattern HOST_PORT = Pattern.compile("\\b20\\d\\d\\d\\b");

  @TempDir Path folder;
  private NetworkNamespace host;
  private Path hostFile;
  private Path namespaces;

  @BeforeEach
  void makeNode() throws IOException {
    if (!"root".equals(System.getProperty("user.name"))) {
      throw new IllegalStateException("this test makes network namespaces: run it as root");
    }
    namespaces = folder.resolve("netns");
    hostFile = folder.resolve("node");
    host = NetworkNamespace.create();
    host.bind(hostFile);
  }

  @AfterEach
  void removeNode() throws IOException {
    if (Files.exists(namespaces)) {
      try (Stream<Path> left = Files.list(namespaces)) {
        for (Path file : left.toList()) {
          NetworkNamespace.unbind(file);
        }
      }
    }
    NetworkNamespace.unbind(hostFile);
    host.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 60, 61, 63, 80, 120})
  void nothingWithoutAnOwnerIsLeft(int finished) throws Exception {
    List<Attachment> told = attachUntilKilled(finished);
    // Of what the killed process had finished, the engine's files name a part.
    List<Attachment> live = told.subList(0, told.size() / 3);
    NftFirewall firewall = new NftFirewall(host, "sandjar");
    Rtnl rtnl = Rtnl.in(host);
    try (BridgeNetwork next =
        BridgeNetwork.open(
            AttachingProcess.settings(namespaces),
            host.duplicate(),
            new PeerTable("node", List.of(), Optional.empty()),
            new StaticRoutes(),
            firewall,
            new TcShaper(rtnl))) {
      next.reconcile(live);
      assertTrue(next.status().ready(), next.status().message());
      assertEquals(wantedLinks(live), soonLinks(rtnl, live));
      assertEquals(wantedFiles(live), files());
      assertEquals(live.size(), openHostPorts().size());
      for (PoolUsage pool : next.pools().usage()) {
        assertEquals(live.size(), pool.leased());
        assertEquals(0, pool.quarantined());
      }
      if (!live.isEmpty()) {
        Path file = Path.of(live.get(0).namespacePath());
        try (NetworkNamespace pod = NetworkNamespace.open(file)) {
          Reach.ping(pod, live.get(0).gateways().get(0));
        }
      }
    } finally {
      rtnl.close();
    }
  }

  private List<Attachment> attachUntilKilled(int finished) throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                AttachingProcess.class.getName(),
                hostFile.toString(),
                namespaces.toString(),
                Integer.toString(PODS))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    List<Attachment> told = new ArrayList<>();
    try (BufferedReader out = process.inputReader()) {
      while (told.size() < finished) {
        String line = out.readLine();
        assertTrue(line != null, "the process ended before it was killed");
        told.add(Attachment.fromMap(JSON.std.mapFrom(line)));
      }
      process.destroyForcibly();
      assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    }
    return told;
  }

  private static Set<String> wantedLinks(List<Attachment> live) {
    return Stream.concat(
            live.stream().map(Attachment::hostInterface),
            live.stream()
                .filter(a -> a.bandwidth().limited())
                .map(a -> TcShaper.ifbName(a.hostInterface())))
        .collect(Collectors.toSet());
  }

  /** Links of namespaces that died vanish a moment later. */
  private static Set<String> soonLinks(Rtnl rtnl, List<Attachment> live) throws Exception {
    Set<String> wanted = wantedLinks(live);
    Set<String> links = Set.of();
    for (int i = 0; i < 1200; i++) {
      links =
          rtnl.links().stream()
              .map(Link::name)
              .filter(name -> name.startsWith("sj") || name.startsWith("ifb"))
              .collect(Collectors.toSet());
      if (links.equals(wanted)) {
        break;
      }
      Thread.sleep(50);
    }
    return links;
  }

  private static Set<String> wantedFiles(List<Attachment> live) {
    return live.stream()
        .map(a -> Path.of(a.namespacePath()).getFileName().toString())
        .collect(Collectors.toSet());
  }

  private Set<String> files() throws IOException {
    try (Stream<Path> files = Files.list(namespaces)) {
      return files.map(f -> f.getFileName().toString()).collect(Collectors.toSet());
    } catch (NoSuchFileException e) {
      return Set.of();
    }
  }

  private Set<String> openHostPorts() throws IOException {
    return HOST_PORT
        .matcher(Reach.run(host, "nft", "list", "table", "inet", "sandjar"))
        .results()
        .map(r -> r.group())
        .collect(Collectors.toSet());
  }
}
