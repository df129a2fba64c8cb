package io.sandjar.runtime.api;

import io.sandjar.runtime.Build;
import io.sandjar.runtime.metric.MetricWriter;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** What a supervisor asks the daemon: /livez, /readyz, /healthz, /version and /metrics. */
public final class HealthRoutes {
  private final Build build;
  private final Map<String, Supplier<Optional<String>>> checks = new LinkedHashMap<>();
  private final List<Consumer<MetricWriter>> metrics = new CopyOnWriteArrayList<>();

  public HealthRoutes(Build build) {
    this.build = build;
    metric(HealthRoutes::processMetrics);
  }

  /**
   * Adds a check that /readyz makes.
   *
   * @param check what is missing, or empty when all is well
   */
  public HealthRoutes check(String name, Supplier<Optional<String>> check) {
    synchronized (checks) {
      checks.put(name, check);
    }
    return this;
  }

  /** Adds metrics to /metrics; {@code source} is asked at every scrape. */
  public HealthRoutes metric(Consumer<MetricWriter> source) {
    metrics.add(source);
    return this;
  }

  public void addTo(Router router) {
    // Who gets an answer at all, gets it from a process that lives.
    router.get("/livez", request -> answer("livez", request, Map.of()));
    router.get("/healthz", request -> answer("healthz", request, Map.of()));
    router.get("/readyz", request -> answer("readyz", request, readiness()));
    router.get("/version", request -> Response.json(version()));
    router.get("/metrics", request -> metrics());
  }

  private Map<String, Supplier<Optional<String>>> readiness() {
    synchronized (checks) {
      return new LinkedHashMap<>(checks);
    }
  }

  /** As the API server answers: each check by name where one fails, or where the client asks. */
  private static Response answer(
      String name, Request request, Map<String, Supplier<Optional<String>>> checks) {
    var lines = new ArrayList<String>(List.of("[+]ping ok"));
    boolean passed = true;
    for (var check : checks.entrySet()) {
      Optional<String> missing = check.getValue().get();
      passed &= missing.isEmpty();
      lines.add(
          missing
              .map(reason -> "[-]" + check.getKey() + " failed: " + reason)
              .orElse("[+]" + check.getKey() + " ok"));
    }
    if (passed && !request.flag("verbose")) {
      return Response.text("ok");
    }
    lines.add(name + " check " + (passed ? "passed" : "failed"));
    return Response.text(passed ? 200 : 500, String.join("\n", lines) + "\n");
  }

  /** As the API server answers; kubectl compares major and minor, so they are Kubernetes' own. */
  private Map<String, Object> version() {
    var tree = new LinkedHashMap<String, Object>();
    tree.put("major", "1");
    tree.put("minor", "32");
    tree.put("gitVersion", "v1.32.0+sandjar." + build.version());
    tree.put("platform", "linux/" + goArchitecture());
    tree.put("sandjarVersion", build.version());
    tree.put("javaVersion", Runtime.version().toString());
    return tree;
  }

  private static String goArchitecture() {
    var architecture = System.getProperty("os.arch");
    return architecture.equals("aarch64") ? "arm64" : architecture;
  }

  private Response metrics() {
    var writer = new MetricWriter();
    metrics.forEach(source -> source.accept(writer));
    return new Response.Whole(
        200,
        "text/plain; version=0.0.4; charset=utf-8",
        writer.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }

  private static void processMetrics(MetricWriter out) {
    var memory = ManagementFactory.getMemoryMXBean();
    var runtime = ManagementFactory.getRuntimeMXBean();
    out.gauge("process_start_time_seconds", "When the daemon was started, as Unix time.")
        .sample("process_start_time_seconds", runtime.getStartTime() / 1000.0);
    out.gauge("jvm_memory_used_bytes", "Memory that the JVM uses, by area.")
        .sample(
            "jvm_memory_used_bytes", Map.of("area", "heap"), memory.getHeapMemoryUsage().getUsed())
        .sample(
            "jvm_memory_used_bytes",
            Map.of("area", "nonheap"),
            memory.getNonHeapMemoryUsage().getUsed());
    out.gauge("jvm_threads_current", "Threads that are alive.")
        .sample("jvm_threads_current", ManagementFactory.getThreadMXBean().getThreadCount());
  }
}
