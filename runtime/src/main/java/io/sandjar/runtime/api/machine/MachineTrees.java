package io.sandjar.runtime.api.machine;

import io.sandjar.runtime.container.Container;
import io.sandjar.runtime.sandbox.Sandbox;
import io.sandjar.runtime.state.RecordJson;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Sandboxes and containers as the documents that the API answers with. */
final class MachineTrees {

  private MachineTrees() {}

  /** What a list shows of a sandbox. */
  static Map<String, Object> summary(Sandbox sandbox) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("id", sandbox.id());
    tree.put("namespace", sandbox.spec().name().namespace());
    tree.put("name", sandbox.spec().name().name());
    tree.put("attempt", sandbox.spec().name().attempt());
    tree.put("phase", sandbox.life().phase().name().toLowerCase(Locale.ROOT));
    tree.put("createdAt", sandbox.record().createdAt().toString());
    tree.put("ips", sandbox.ips());
    tree.put("labels", sandbox.spec().labels());
    return tree;
  }

  /** All that is known of a sandbox. */
  static Map<String, Object> details(Sandbox sandbox, List<Container> containers) {
    Map<String, Object> tree = summary(sandbox);
    sandbox.network().ifPresent(network -> tree.put("network", network.toMap()));
    sandbox.pause().ifPresent(pause -> tree.put("pid", pause.pid()));
    tree.put("cgroup", sandbox.record().cgroupParent());
    tree.put("containers", containers.stream().map(MachineTrees::summary).toList());
    tree.put("spec", RecordJson.toTree(sandbox.spec()));
    return tree;
  }

  /** What a list shows of a container. */
  static Map<String, Object> summary(Container container) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("id", container.id());
    tree.put("name", container.spec().name().name());
    tree.put("attempt", container.spec().name().attempt());
    tree.put("sandboxId", container.sandboxId());
    tree.put("pod", container.record().pod().name());
    tree.put("namespace", container.record().pod().namespace());
    tree.put("image", image(container));
    tree.put("imageId", container.record().imageId());
    tree.put("state", container.state().name().toLowerCase(Locale.ROOT));
    tree.put("createdAt", container.record().createdAt().toString());
    container.startedAt().ifPresent(at -> tree.put("startedAt", at.toString()));
    container
        .end()
        .ifPresent(
            end -> {
              tree.put("finishedAt", end.finishedAt().toString());
              tree.put("exitCode", end.exitCode());
              tree.put("reason", end.reason());
              tree.put("message", end.message());
            });
    tree.put("labels", container.spec().labels());
    tree.put("tty", container.spec().tty());
    tree.put("stdin", container.spec().stdin());
    return tree;
  }

  /** As whoever made the container named it. */
  private static String image(Container container) {
    String named = container.spec().image().userSpecified();
    return named.isEmpty() ? container.spec().image().image() : named;
  }

  /** All that is known of a container. */
  static Map<String, Object> details(Container container) {
    Map<String, Object> tree = summary(container);
    container
        .life()
        .monitor()
        .filter(monitor -> container.state() != Container.State.EXITED)
        .ifPresent(
            monitor -> {
              tree.put("pid", monitor.container().pid());
              tree.put("monitorPid", monitor.monitor().pid());
            });
    tree.put("cgroup", container.record().cgroupParent() + '/' + container.id());
    tree.put("logFile", container.record().logFile());
    tree.put("user", RecordJson.toTree(container.record().user()));
    tree.put("workingDirectory", container.record().workingDirectory());
    tree.put("environment", container.record().environment());
    tree.put("spec", RecordJson.toTree(container.spec()));
    return tree;
  }
}
