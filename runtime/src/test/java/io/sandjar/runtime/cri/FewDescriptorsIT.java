package io.sandjar.runtime.cri;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.sandjar.cri.v1.ExecRequest;
import io.sandjar.cri.v1.ListContainersRequest;
import io.sandjar.cri.v1.ListPodSandboxRequest;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A daemon that may open only so many files more: what does not fit says so, and nothing of it
 * stays. Tried with none, one, two and so on, until it fits: so each place that opens one fails
 * once.
 */
@Tag("machine")
class FewDescriptorsIT extends OnNode {
  private static final int ENOUGH = 150;
  private static final long PATIENCE_SECONDS = 180;

  private interface Work {
    void run() throws Exception;
  }

  /** What is prepared while the daemon may still open files. */
  private interface Attempt {
    Work prepare() throws Exception;
  }

  @Test
  void aCommandThatDoesNotFitLeavesNothing() throws Exception {
    String pod = node.run(node.hostNetworkPod("exec"));
    String container = node.createAndStart(pod, node.container("app", "sleep", "1000"));
    untilItFits(() -> assertEquals("done", node.sh(container, "echo done")));
  }

  @Test
  void aPodThatDoesNotFitLeavesNothing() throws Exception {
    untilItFits(
        () -> {
          String pod = node.run(node.pod("life"));
          String container = node.createAndStart(pod, node.container("app", "sleep", "1000"));
          node.stop(container, 0);
          node.removePod(pod);
        });
  }

  /** The command runs already when the daemon joins its client to it, and must not run on. */
  @Test
  void aCommandThatItsClientCannotBeJoinedToLeavesNothing() throws Exception {
    String pod = node.run(node.hostNetworkPod("streams"));
    String container = node.createAndStart(pod, node.container("app", "sleep", "1000"));
    for (boolean terminal : new boolean[] {false, true}) {
      ExecRequest request =
          ExecRequest.newBuilder()
              .setContainerId(container)
              .addAllCmd(List.of("sh", "-c", "echo began; exec cat"))
              .setStdin(true)
              .setStdout(true)
              .setTty(terminal)
              .build();
      untilEachFits(
          () -> {
            awaitNoCommand(container);
            var client = connected(URI.create(node.runtime().exec(request).getUrl()));
            return () -> converse(client);
          });
      awaitNoCommand(container);
    }
  }

  private static void awaitNoCommand(String container) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!node.sh(container, "ps | grep ' [c]at$'").isEmpty()) {
      assertTrue(System.nanoTime() < end, "a command runs on without its client");
      TimeUnit.MILLISECONDS.sleep(10);
    }
  }

  /** A client that the server knows, and that has asked for nothing yet. */
  private record Client(Socket socket, URI url) {}

  private static Client connected(URI url) throws Exception {
    Client client = new Client(new Socket(url.getHost(), url.getPort()), url);
    client.socket().setSoTimeout((int) TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!isAccepted(url.getPort(), client.socket().getLocalPort())) {
      assertTrue(System.nanoTime() < end, "the connection is not taken");
      TimeUnit.MILLISECONDS.sleep(1);
    }
    return client;
  }

  /** The server's end has an inode only when the server has it; see proc_net_tcp. */
  private static boolean isAccepted(int server, int client) throws IOException {
    Pattern accepted =
        Pattern.compile(
            " *\\d+: \\w+:%04X \\w+:%04X (?:\\S+ +){6}[1-9].*".formatted(server, client));
    for (String table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
      if (Files.readAllLines(Path.of(table)).stream()
          .anyMatch(line -> accepted.matcher(line).matches())) {
        return true;
      }
    }
    return false;
  }

  /** Asks for the command over a WebSocket, and reads until that has begun or cannot. */
  private static void converse(Client client) throws IOException {
    String request =
        """
        GET %s HTTP/1.1
        Host: %s
        Connection: Upgrade
        Upgrade: websocket
        Sec-WebSocket-Version: 13
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
        Sec-WebSocket-Protocol: v5.channel.k8s.io

        """
            .formatted(client.url().getPath(), client.url().getAuthority());
    StringBuilder said = new StringBuilder();
    try (Socket socket = client.socket()) {
      socket.getOutputStream().write(request.replace("\n", "\r\n").getBytes(US_ASCII));
      while (said.indexOf("began") < 0) {
        int next = socket.getInputStream().read();
        if (next < 0 || isForWantOfFiles(said.toString())) {
          throw Status.UNKNOWN.withDescription(said.toString()).asRuntimeException();
        }
        said.append((char) next);
      }
    } catch (SocketTimeoutException silent) {
      throw new AssertionError("no answer but: " + said, silent);
    }
  }

  private static boolean isForWantOfFiles(String said) {
    return said.contains("EMFILE") || said.contains("Too many open files");
  }

  private static void untilItFits(Work work) throws Exception {
    untilEachFits(() -> work);
  }

  private static void untilEachFits(Attempt attempt) throws Exception {
    node.awaitSettled();
    attempt.prepare().run();
    int open = settled();
    for (int more = 0; more < ENOUGH; more++) {
      Optional<StatusRuntimeException> failed = with(more, attempt);
      if (failed.isEmpty()) {
        return;
      }
      String said = failed.get().getMessage();
      assertTrue(isForWantOfFiles(said), said);
      removeWhatThisTestMade();
      awaitOpen(open, more + " more: " + said);
    }
    throw new AssertionError("it needs more than " + ENOUGH + " files at once");
  }

  /** What failed halfway is removed as a kubelet would. */
  private static void removeWhatThisTestMade() {
    var pods = node.runtime().listPodSandbox(ListPodSandboxRequest.getDefaultInstance());
    pods.getItemsList().stream()
        .filter(pod -> pod.getMetadata().getName().equals("life"))
        .forEach(pod -> node.removePod(pod.getId()));
    var containers = node.runtime().listContainers(ListContainersRequest.getDefaultInstance());
    assertTrue(
        containers.getContainersList().stream()
            .allMatch(container -> container.getMetadata().getName().equals("app")));
  }

  private static Optional<StatusRuntimeException> with(int more, Attempt attempt) throws Exception {
    Work work = attempt.prepare();
    try (var limit = new OpenFileLimit(node.daemonPid())) {
      limit.allow(more);
      work.run();
      return Optional.empty();
    } catch (StatusRuntimeException failed) {
      return Optional.of(failed);
    }
  }

  private static int open() {
    return OpenFileLimit.descriptors(node.daemonPid()).size();
  }

  /**
   * How many are open when nothing is going on: the last of a pod's are closed after its answer.
   */
  private static int settled() throws Exception {
    int open = open();
    for (int same = 0; same < 5; ) {
      TimeUnit.MILLISECONDS.sleep(50);
      int now = open();
      same = now == open ? same + 1 : 0;
      open = now;
    }
    return open;
  }

  private static void awaitOpen(int most, String when) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (open() > most) {
      assertTrue(System.nanoTime() < end, () -> "files stay open after " + when);
      TimeUnit.MILLISECONDS.sleep(10);
    }
  }
}
