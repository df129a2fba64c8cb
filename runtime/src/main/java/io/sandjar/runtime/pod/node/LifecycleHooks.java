package io.sandjar.runtime.pod.node;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.container.ExecOutcome;
import io.sandjar.runtime.container.PodEngine;
import io.sandjar.runtime.image.Cancellation;
import io.sandjar.runtime.pod.probe.ProbeCheck;
import io.sandjar.runtime.pod.probe.ProbeOutcome;
import io.sandjar.runtime.pod.probe.ProbeRunner;
import io.sandjar.runtime.pod.rules.PodTemplate.Placed;
import io.sandjar.runtime.pod.schema.Trees;
import io.sandjar.runtime.sandbox.Sandbox;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Runs the hooks after a container's start and before its stop. */
final class LifecycleHooks {
  private static final Duration HTTP_TIMEOUT = Duration.ofSeconds(30);
  private static final int LONGEST_OUTPUT = 1024;

  private final PodEngine engine;
  private final EventRecorder events;
  private final ProbeRunner http;

  /**
   * @param http makes the requests of httpGet hooks
   */
  LifecycleHooks(PodEngine engine, EventRecorder events, ProbeRunner http) {
    this.http = http;
    this.engine = engine;
    this.events = events;
  }

  /**
   * Runs postStart to its end, as whatever comes after the container in its pod waits for it.
   *
   * @param cancellation when the pod is being deleted, nobody waits for the hook
   * @return false where it failed
   */
  boolean afterStart(
      Map<String, Object> pod,
      Placed placed,
      String containerId,
      Sandbox sandbox,
      Cancellation cancellation) {
    Map<String, Object> hook = Trees.object(placed.container(), "lifecycle", "postStart");
    if (hook.isEmpty()) {
      return true;
    }
    var cut = new CompletableFuture<Void>();
    var registered = cancellation.onCancel(() -> cut.complete(null));
    try {
      run(hook, placed, containerId, sandbox, Duration.ZERO, cut);
      return true;
    } catch (IOException | EngineException e) {
      failed(pod, placed, "PostStart", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      registered.close();
    }
    return false;
  }

  /** Runs preStop; a failure is an event and no more. */
  void beforeStop(
      Map<String, Object> pod, Placed placed, String containerId, Sandbox sandbox, Grace grace)
      throws InterruptedException {
    Map<String, Object> hook = Trees.object(placed.container(), "lifecycle", "preStop");
    Duration left = grace.left();
    if (hook.isEmpty() || left.isZero()) {
      return;
    }
    try {
      run(hook, placed, containerId, sandbox, left, grace.cut());
    } catch (IOException | EngineException e) {
      failed(pod, placed, "PreStop", e);
    }
  }

  private void failed(Map<String, Object> pod, Placed placed, String hook, Exception why) {
    events.ofContainer(
        pod,
        placed.list(),
        placed.name(),
        "Warning",
        "Failed" + hook + "Hook",
        hook + "Hook failed: " + why.getMessage());
  }

  /**
   * @param timeout zero for none
   * @param cut completes when nobody waits for the hook any more
   */
  private void run(
      Map<String, Object> hook,
      Placed placed,
      String containerId,
      Sandbox sandbox,
      Duration timeout,
      CompletableFuture<Void> cut)
      throws IOException, InterruptedException {
    if (hook.get("exec") instanceof Map<?, ?>) {
      List<String> command = Trees.strings(Trees.object(hook, "exec"), "command");
      ExecOutcome outcome = engine.execs().run(containerId, command, timeout, cut);
      if (outcome.exitCode() != 0) {
        throw new IOException(
            "command " + command + " exited with " + outcome.exitCode() + ": " + text(outcome));
      }
    } else if (hook.get("httpGet") instanceof Map<?, ?>) {
      get(Trees.object(hook, "httpGet"), placed, sandbox, timeout, cut);
    } else if (hook.get("sleep") instanceof Map<?, ?>) {
      long seconds = Trees.number(Trees.object(hook, "sleep"), "seconds").orElse(0L);
      Duration wanted = Duration.ofSeconds(seconds);
      boolean longer = !timeout.isZero() && wanted.compareTo(timeout) > 0;
      sleep(containerId, longer ? timeout : wanted, cut);
    } else {
      throw new IOException("tcpSocket is no handler for hooks any more; use exec or httpGet");
    }
  }

  /** There is nothing to wait for once the container has ended. */
  private void sleep(String containerId, Duration time, CompletableFuture<Void> cut)
      throws InterruptedException {
    try {
      // The time saturates, for one that sleeps for ever.
      CompletableFuture.anyOf(engine.containers().ended(containerId), cut)
          .get(TimeUnit.NANOSECONDS.convert(time), TimeUnit.NANOSECONDS);
    } catch (TimeoutException slept) {
      // As it was to.
    } catch (ExecutionException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static String text(ExecOutcome outcome) {
    byte[] output = outcome.stderr().length > 0 ? outcome.stderr() : outcome.stdout();
    return new String(output, 0, Math.min(output.length, LONGEST_OUTPUT), StandardCharsets.UTF_8);
  }

  private void get(
      Map<String, Object> request,
      Placed placed,
      Sandbox sandbox,
      Duration timeout,
      CompletableFuture<Void> cut)
      throws IOException, InterruptedException {
    ProbeCheck.HttpGet get = ProbeSpecs.http(request, placed.container());
    String address = sandbox.ips().stream().findFirst().orElse("127.0.0.1");
    Duration bound = timeout.isZero() ? HTTP_TIMEOUT : timeout;
    try {
      CompletableFuture<ProbeOutcome> answer = http.get(get, address, bound);
      CompletableFuture.anyOf(answer, cut).get();
      if (!answer.isDone()) {
        throw new IOException("GET " + get.target() + ": its caller went away");
      }
      ProbeOutcome outcome = answer.join();
      if (!outcome.success()) {
        throw new IOException(outcome.message());
      }
    } catch (ExecutionException e) {
      throw new IOException("GET " + get.target() + ": " + e.getCause().getMessage(), e.getCause());
    }
  }
}
