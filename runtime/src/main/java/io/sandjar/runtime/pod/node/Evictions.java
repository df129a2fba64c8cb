package io.sandjar.runtime.pod.node;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.container.Container;
import io.sandjar.runtime.container.PodEngine;
import io.sandjar.runtime.container.log.LogFiles;
import io.sandjar.runtime.pod.qos.PodRequests;
import io.sandjar.runtime.pod.rules.PodTemplate;
import io.sandjar.runtime.pod.rules.PodTemplate.Placed;
import io.sandjar.runtime.pod.schema.Quantity;
import io.sandjar.runtime.pod.schema.Trees;
import io.sandjar.runtime.pod.store.ObjectStore;
import io.sandjar.runtime.pod.volume.PodVolumes;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** Evicts pods that hold more on disk than their limits say. */
final class Evictions {
  private static final System.Logger LOG = System.getLogger(Evictions.class.getName());
  private static final String STORAGE = "ephemeral-storage";

  private final ObjectStore store;
  private final PodEngine engine;
  private final PodVolumes volumes;
  private final PodFailures failures;

  Evictions(ObjectStore store, PodEngine engine, PodVolumes volumes, PodFailures failures) {
    this.store = store;
    this.engine = engine;
    this.volumes = volumes;
    this.failures = failures;
  }

  void check() {
    for (Map<String, Object> pod : store.list("Pod", "").objects()) {
      if (PodStatus.hasEnded(pod)
          || Trees.object(pod, "metadata").containsKey("deletionTimestamp")) {
        continue;
      }
      try {
        excess(pod).ifPresent(why -> failures.evict(pod, why));
      } catch (IOException | EngineException e) {
        LOG.log(Level.DEBUG, "what a pod holds on disk cannot be measured now", e);
      }
    }
  }

  /** Which limit is exceeded, in the kubelet's words. */
  private Optional<String> excess(Map<String, Object> pod) throws IOException {
    Optional<Quantity> ofPod = new PodRequests(pod).limit(STORAGE);
    long total = 0;
    for (Map<String, Object> volume : Trees.objects(Trees.object(pod, "spec"), "volumes")) {
      Optional<Quantity> limit =
          Trees.string(Trees.object(volume, "emptyDir"), "sizeLimit").map(Quantity::of);
      if (!isFolderOnDisk(volume) || limit.isEmpty() && ofPod.isEmpty()) {
        continue;
      }
      String name = Trees.string(volume, "name", "");
      long used = volumes.usage(pod, name);
      total += used;
      if (isOver(used, limit)) {
        return Optional.of(
            String.format(
                "Usage of EmptyDir volume \"%s\" exceeds the limit \"%s\".",
                name, Trees.object(volume, "emptyDir").get("sizeLimit")));
      }
    }
    PodState state = PodState.of(engine, PodState.uid(pod));
    for (Placed placed : PodTemplate.containers(pod)) {
      Object limit = Trees.object(placed.container(), "resources", "limits").get(STORAGE);
      Optional<Container> container = state.latest(placed.name());
      if (limit == null || container.isEmpty()) {
        continue;
      }
      long used = used(container.get());
      total += used;
      if (isOver(used, Optional.of(Quantity.of(limit)))) {
        return Optional.of(
            String.format(
                "Container %s exceeded its local ephemeral storage limit \"%s\".",
                placed.name(), limit));
      }
    }
    return isOver(total, ofPod)
        ? Optional.of(
            "Pod ephemeral local storage usage exceeds the total limit of containers "
                + ofPod.get().value().toPlainString()
                + ".")
        : Optional.empty();
  }

  private static boolean isFolderOnDisk(Map<String, Object> volume) {
    return volume.get("emptyDir") instanceof Map<?, ?>
        && Trees.string(Trees.object(volume, "emptyDir"), "medium", "").isEmpty();
  }

  private static boolean isOver(long used, Optional<Quantity> limit) {
    return limit.isPresent() && used > limit.get().ceil();
  }

  /** Its writable layer and its logs. */
  private long used(Container container) throws IOException {
    return engine.stats().writableLayer(container).bytes()
        + new LogFiles(Path.of(container.record().logFile())).bytes();
  }
}
