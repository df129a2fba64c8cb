package bench;

import com.sun.management.OperatingSystemMXBean;
import com.sun.net.httpserver.HttpServer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.sandjar.runtime.pod.probe.ContainerProbes;
import io.sandjar.runtime.pod.probe.ProbeCheck;
import io.sandjar.runtime.pod.probe.ProbeKind;
import io.sandjar.runtime.pod.probe.ProbeListener;
import io.sandjar.runtime.pod.probe.ProbeOutcome;
import io.sandjar.runtime.pod.probe.ProbeRunner;
import io.sandjar.runtime.pod.probe.ProbeSpec;
import io.sandjar.runtime.pod.probe.ProbeTarget;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What a node pays for probing: a thousand containers, each asked once a second, and the CPU time
 * of this process meanwhile. The server that answers is a process of its own, and not counted.
 */
public final class Probes {
  private static final double BUDGET_CORES = 0.25;
  private static final int WARM_UP_SECONDS = 10;

  private Probes() {}

  public static void main(String[] options) throws Exception {
    if (options.length == 1 && options[0].equals("serve")) {
      serve();
      return;
    }
    var arguments = new Arguments(options, "containers", "seconds");
    int containers = arguments.number("containers", 1000);
    int seconds = arguments.number("seconds", 15);
    var report = new Report("probes");
    Process server = startServer();
    try {
      int port = Integer.parseInt(server.inputReader().readLine());
      var http = new ProbeCheck.HttpGet(false, Optional.empty(), port, "/", List.of());
      measure(report, "httpGet", http, port, containers, seconds);
      measure(
          report,
          "tcpSocket",
          new ProbeCheck.TcpSocket(Optional.empty(), port),
          port,
          containers,
          seconds);
    } finally {
      server.destroy();
    }
    report.finish(arguments.json());
  }

  private static Process startServer() throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            Probes.class.getName(),
            "serve")
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  /** Answers whatever is asked, and tells at /count how often it was. */
  private static void serve() throws IOException {
    var count = new AtomicLong();
    var server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1000);
    server.setExecutor(Executors.newFixedThreadPool(2));
    server.createContext(
        "/",
        exchange -> {
          count.incrementAndGet();
          exchange.sendResponseHeaders(204, -1);
          exchange.close();
        });
    server.createContext(
        "/count",
        exchange -> {
          byte[] body = count.toString().getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    System.out.println(server.getAddress().getPort());
  }

  private static void measure(
      Report report, String kind, ProbeCheck check, int port, int containers, int seconds)
      throws Exception {
    var loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    var failures = new AtomicLong();
    var running = new ArrayList<ContainerProbes>();
    try {
      var runner = new ProbeRunner(loops, "bench");
      var spec =
          new ProbeSpec(check, Duration.ZERO, Duration.ofSeconds(1), Duration.ofSeconds(1), 1, 3);
      for (int i = 0; i < containers; i++) {
        running.add(
            ContainerProbes.start(
                new ContainerProbes.Specs(
                    Optional.empty(), Optional.empty(), Optional.of(spec)),
                runner,
                new Target(),
                new Failures(failures),
                loops.next(),
                Duration.ofMinutes(1),
                true));
      }
      Thread.sleep(Duration.ofSeconds(WARM_UP_SECONDS).toMillis());
      long countBefore = count(port);
      long failuresBefore = failures.get();
      long start = System.nanoTime();
      var cores = new ArrayList<Double>();
      for (int i = 0; i < seconds; i++) {
        cores.add(coresOver(Duration.ofSeconds(1)));
      }
      double passed = (System.nanoTime() - start) / 1e9;
      report.row(
          containers + " " + kind + " probes a second",
          "cores",
          new Samples(cores),
          BUDGET_CORES);
      if (check instanceof ProbeCheck.HttpGet) {
        double rate = (count(port) - countBefore) / passed;
        report.row(kind + " answered", "probes/s", new Samples(List.of(rate)));
      }
      report.row(
          kind + " failed",
          "probes",
          new Samples(List.of((double) failures.get() - failuresBefore)));
    } finally {
      running.forEach(ContainerProbes::close);
      loops.shutdownGracefully().syncUninterruptibly();
    }
  }

  private static double coresOver(Duration time) throws InterruptedException {
    var system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long cpu = system.getProcessCpuTime();
    long start = System.nanoTime();
    Thread.sleep(time.toMillis());
    return (double) (system.getProcessCpuTime() - cpu) / (System.nanoTime() - start);
  }

  private static long count(int port) throws IOException {
    try (var in = URI.create("http://127.0.0.1:" + port + "/count").toURL().openStream()) {
      return Long.parseLong(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    }
  }

  private static final class Target implements ProbeTarget {
    @Override
    public String address() {
      return "127.0.0.1";
    }

    @Override
    public CompletionStage<ProbeOutcome> exec(List<String> command, Duration timeout) {
      return CompletableFuture.completedFuture(ProbeOutcome.success(""));
    }
  }

  private record Failures(AtomicLong count) implements ProbeListener {
    @Override
    public void started() {}

    @Override
    public void readinessChanged(boolean ready) {}

    @Override
    public void mustRestart(ProbeKind kind, String message) {}

    @Override
    public void checkFailed(ProbeKind kind, String message) {
      count.incrementAndGet();
    }
  }
}
