package io.sandjar.runtime.pod.node;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.EngineException.Kind;
import io.sandjar.runtime.container.ContainerSpec;
import io.sandjar.runtime.pod.env.ConfigErrorException;
import io.sandjar.runtime.pod.env.Environment;
import io.sandjar.runtime.pod.env.ResourceFields;
import io.sandjar.runtime.pod.env.Settings;
import io.sandjar.runtime.pod.plan.ContainerPlan;
import io.sandjar.runtime.pod.plan.SandboxPlan;
import io.sandjar.runtime.pod.qos.ResourceLimits;
import io.sandjar.runtime.pod.rules.Admission;
import io.sandjar.runtime.pod.rules.PodTemplate;
import io.sandjar.runtime.pod.rules.PodTemplate.Placed;
import io.sandjar.runtime.pod.schema.Problem;
import io.sandjar.runtime.pod.schema.Trees;
import io.sandjar.runtime.pod.volume.PodVolumes;
import io.sandjar.runtime.sandbox.Sandbox;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Says how a container of a pod that is not there would be started. The pod is made for a moment,
 * up to that container's gate, and removed again: only so is every path and number the true one.
 * None of its programs runs, and its ports of the node stay closed.
 */
public final class WouldBePods {
  private final NodeSetup setup;
  private final Admission admission;
  private final PodVolumes volumes;
  private final SandboxPlan sandboxPlan;
  private final ContainerPlan containerPlan;
  private final UserRanges users;
  private final Consumer<String> removal;

  /**
   * A container's launch program.
   *
   * @param steps every syscall, a line each
   */
  public record Program(String pod, String container, List<String> steps) {}

  /**
   * @param removal removes all that the node has of the pod with a uid
   */
  WouldBePods(
      NodeSetup setup,
      Settings settings,
      ResourceFields resources,
      PodVolumes volumes,
      UserRanges users,
      Consumer<String> removal) {
    var limits = new ResourceLimits(setup.facts().memoryBytes());
    var environment = new Environment(settings, resources);
    this.setup = setup;
    this.admission = new Admission(setup.schema());
    this.volumes = volumes;
    this.sandboxPlan =
        new SandboxPlan(setup.folders(), limits, setup.cgroupRoot(), setup.resolvConf());
    this.containerPlan = new ContainerPlan(setup.folders(), limits, environment, volumes);
    this.users = users;
    this.removal = removal;
  }

  /** The program of a container of a manifest, the image of which is here. */
  public Program plan(Map<String, Object> manifest, String container) throws IOException {
    Map<String, Object> pod = admitted(manifest);
    Placed placed = placed(pod, container);
    String uid = Trees.string(Trees.object(pod, "metadata"), "uid", "");
    try {
      volumes.prepare(pod);
      Sandbox sandbox = setup.engine().sandboxes().run(sandboxPlan.of(pod, 0, users.of(pod)));
      ContainerSpec spec =
          containerPlan.of(PodLook.withAddresses(pod, sandbox), placed, occasion(placed, sandbox));
      var containers = setup.engine().containers();
      String id = containers.create(sandbox.id(), spec).id();
      return new Program(sandbox.spec().name().name(), container, containers.plan(id));
    } catch (ConfigErrorException e) {
      throw new EngineException(Kind.FAILED_PRECONDITION, e.getMessage(), e);
    } finally {
      removal.accept(uid);
      users.release(uid);
    }
  }

  private ContainerPlan.Occasion occasion(Placed placed, Sandbox sandbox) {
    String image = Trees.string(placed.container(), "image", "");
    return new ContainerPlan.Occasion(
        setup.images().get(image).id().toString(),
        0,
        0,
        "",
        sandbox.ips(),
        sandbox.spec().namespaces().user());
  }

  /** As the API server and the scheduler would leave it, but as a pod of its own. */
  private Map<String, Object> admitted(Map<String, Object> manifest) {
    Map<String, Object> written = Trees.copy(manifest);
    Map<String, Object> metadata = Trees.objectIn(written, "metadata");
    metadata.putIfAbsent("namespace", "default");
    if (!metadata.containsKey("name") && metadata.containsKey("generateName")) {
      metadata.put("name", metadata.get("generateName") + "plan");
    }
    metadata.put("uid", UUID.randomUUID().toString());
    Trees.objectIn(written, "spec").put("nodeName", setup.facts().name());
    written.put("status", status());
    var admitted = admission.admit(setup.schema().kind("Pod").orElseThrow(), written);
    String name = Trees.string(metadata, "name", "");
    if (!admitted.isRight() || name.isEmpty()) {
      String problems =
          admitted.problems().stream().map(Problem::toString).collect(Collectors.joining(", "));
      throw new EngineException(
          Kind.INVALID_ARGUMENT,
          "Pod \""
              + name
              + "\" is invalid: "
              + (problems.isEmpty() ? "metadata.name: Required value" : problems));
    }
    for (Placed placed : PodTemplate.containers(admitted.object())) {
      Trees.objects(placed.container(), "ports").forEach(port -> port.remove("hostPort"));
    }
    return admitted.object();
  }

  private Map<String, Object> status() {
    var status = new LinkedHashMap<String, Object>();
    status.put("phase", "Pending");
    status.put("hostIP", setup.facts().addresses().get(0));
    return status;
  }

  private static Placed placed(Map<String, Object> pod, String container) {
    List<Placed> all = PodTemplate.containers(pod);
    return all.stream()
        .filter(placed -> placed.name().equals(container))
        .findFirst()
        .orElseThrow(
            () ->
                new EngineException(
                    Kind.NOT_FOUND,
                    "no container \""
                        + container
                        + "\" in the pod; it has "
                        + all.stream().map(Placed::name).collect(Collectors.joining(", "))));
  }
}
