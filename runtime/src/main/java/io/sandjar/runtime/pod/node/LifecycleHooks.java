package io.sandjar.runtime.pod.node;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.container.ExecOutcome;
import io.sandjar.runtime.container.PodEngine;
import io.sandjar.runtime.pod.rules.PodTemplate.Placed;
import io.sandjar.runtime.pod.schema.Trees;
import io.sandjar.runtime.sandbox.Sandbox;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/** Runs the hooks after a container's start and before its stop. */
final class LifecycleHooks {
  private static final Duration HTTP_TIMEOUT = Duration.ofSeconds(30);
  private static final int LONGEST_OUTPUT = 1024;

  private final PodEngine engine;
  private final EventRecorder events;
  private final Executor workers;

  LifecycleHooks(PodEngine engine, EventRecorder events, Executor workers) {
    this.engine = engine;
    this.events = events;
    this.workers = workers;
  }

  /** Runs postStart beside the container; when it fails, {@code failed} is told why. */
  void afterStart(
      Map<String, Object> pod,
      Placed placed,
      String containerId,
      Sandbox sandbox,
      Consumer<String> failed) {
    Map<String, Object> hook = Trees.object(placed.container(), "lifecycle", "postStart");
    if (hook.isEmpty()) {
      return;
    }
    workers.execute(
        () -> {
          try {
            run(hook, placed, containerId, sandbox, Duration.ZERO);
          } catch (IOException | EngineException e) {
            String why = "PostStartHook failed: " + e.getMessage();
            events.ofContainer(
                pod, placed.list(), placed.name(), "Warning", "FailedPostStartHook", why);
            failed.accept("FailedPostStartHook");
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }

  /** Runs preStop; a failure is an event and no more. */
  void beforeStop(
      Map<String, Object> pod, Placed placed, String containerId, Sandbox sandbox, Duration grace)
      throws InterruptedException {
    Map<String, Object> hook = Trees.object(placed.container(), "lifecycle", "preStop");
    if (hook.isEmpty() || grace.isZero()) {
      return;
    }
    try {
      run(hook, placed, containerId, sandbox, grace);
    } catch (IOException | EngineException e) {
      events.ofContainer(
          pod,
          placed.list(),
          placed.name(),
          "Warning",
          "FailedPreStopHook",
          "PreStopHook failed: " + e.getMessage());
    }
  }

  private void run(
      Map<String, Object> hook,
      Placed placed,
      String containerId,
      Sandbox sandbox,
      Duration timeout)
      throws IOException, InterruptedException {
    if (hook.get("exec") instanceof Map<?, ?>) {
      List<String> command = Trees.strings(Trees.object(hook, "exec"), "command");
      ExecOutcome outcome =
          engine.execs().run(containerId, command, timeout, new CompletableFuture<>());
      if (outcome.exitCode() != 0) {
        throw new IOException(
            "command " + command + " exited with " + outcome.exitCode() + ": " + text(outcome));
      }
    } else if (hook.get("httpGet") instanceof Map<?, ?>) {
      get(Trees.object(hook, "httpGet"), placed, sandbox, timeout);
    } else if (hook.get("sleep") instanceof Map<?, ?>) {
      long seconds = Trees.number(Trees.object(hook, "sleep"), "seconds").orElse(0L);
      long most = timeout.isZero() ? seconds : Math.min(seconds, timeout.toSeconds());
      Thread.sleep(Duration.ofSeconds(most).toMillis());
    }
  }

  private static String text(ExecOutcome outcome) {
    byte[] output = outcome.stderr().length > 0 ? outcome.stderr() : outcome.stdout();
    return new String(output, 0, Math.min(output.length, LONGEST_OUTPUT), StandardCharsets.UTF_8);
  }

  private static void get(
      Map<String, Object> request, Placed placed, Sandbox sandbox, Duration timeout)
      throws IOException {
    String host =
        Trees.string(request, "host")
            .filter(name -> !name.isEmpty())
            .orElseGet(() -> sandbox.ips().stream().findFirst().orElse("127.0.0.1"));
    String shown = host.contains(":") ? "[" + host + "]" : host;
    int port = Ports.resolve(request.get("port"), placed.container());
    String path = Trees.string(request, "path", "/");
    var url =
        URI.create("http://" + shown + ":" + port + (path.startsWith("/") ? path : "/" + path))
            .toURL();
    var connection = (HttpURLConnection) url.openConnection();
    Duration bound = timeout.isZero() ? HTTP_TIMEOUT : timeout;
    // A container may not send the daemon elsewhere.
    connection.setInstanceFollowRedirects(false);
    connection.setConnectTimeout((int) bound.toMillis());
    connection.setReadTimeout((int) bound.toMillis());
    for (Map<String, Object> header : Trees.objects(request, "httpHeaders")) {
      connection.setRequestProperty(
          Trees.string(header, "name", ""), Trees.string(header, "value", ""));
    }
    try {
      int status = connection.getResponseCode();
      if (status >= 400) {
        throw new IOException("GET " + url + " answered " + status);
      }
    } finally {
      connection.disconnect();
    }
  }
}
