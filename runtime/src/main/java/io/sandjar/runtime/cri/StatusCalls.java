package io.sandjar.runtime.cri;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sandjar.cri.v1.CgroupDriver;
import io.sandjar.cri.v1.LinuxRuntimeConfiguration;
import io.sandjar.cri.v1.RuntimeCondition;
import io.sandjar.cri.v1.RuntimeConfigRequest;
import io.sandjar.cri.v1.RuntimeConfigResponse;
import io.sandjar.cri.v1.RuntimeFeatures;
import io.sandjar.cri.v1.RuntimeHandler;
import io.sandjar.cri.v1.RuntimeHandlerFeatures;
import io.sandjar.cri.v1.RuntimeServiceGrpc;
import io.sandjar.cri.v1.RuntimeStatus;
import io.sandjar.cri.v1.StatusRequest;
import io.sandjar.cri.v1.StatusResponse;
import io.sandjar.runtime.Build;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** Status and RuntimeConfig: whether this node can run pods, and how it is set up. */
public final class StatusCalls implements RpcFamily {
  /** The handler of a pod that names no RuntimeClass. */
  private static final String DEFAULT_HANDLER = "";

  private final Supplier<Condition> runtime;
  private final Supplier<Condition> network;
  private final NodeFeatures features;
  private final CgroupDriver cgroupDriver;
  private final Map<String, Object> config;
  private final Supplier<Map<String, Object>> node;

  /**
   * @param config the daemon's settings, for a verbose Status
   * @param node the machine and what is on it, for a verbose Status
   */
  public StatusCalls(
      Supplier<Condition> runtime,
      Supplier<Condition> network,
      NodeFeatures features,
      CgroupDriver cgroupDriver,
      Map<String, Object> config,
      Supplier<Map<String, Object>> node) {
    this.runtime = runtime;
    this.network = network;
    this.features = features;
    this.cgroupDriver = cgroupDriver;
    this.config = config;
    this.node = node;
  }

  @Override
  public void bind(Rpcs rpcs) {
    rpcs.unary(RuntimeServiceGrpc.getStatusMethod(), this::status);
    rpcs.unary(RuntimeServiceGrpc.getRuntimeConfigMethod(), this::runtimeConfig);
  }

  private StatusResponse status(StatusRequest request) throws IOException {
    var response =
        StatusResponse.newBuilder()
            .setStatus(
                RuntimeStatus.newBuilder()
                    .addConditions(condition("RuntimeReady", runtime.get()))
                    .addConditions(condition("NetworkReady", network.get())))
            .addAllRuntimeHandlers(handlers())
            .setFeatures(
                RuntimeFeatures.newBuilder()
                    .setSupplementalGroupsPolicy(features.supplementalGroupsPolicy())
                    .setUserNamespacesHostNetwork(features.userNamespacesHostNetwork()));
    if (request.getVerbose()) {
      response.putInfo("version", JSON.std.asString(Build.current().version()));
      response.putInfo("config", JSON.std.asString(config));
      response.putInfo("node", JSON.std.asString(node.get()));
    }
    return response.build();
  }

  private static RuntimeCondition condition(String type, Condition condition) {
    return RuntimeCondition.newBuilder()
        .setType(type)
        .setStatus(condition.met())
        .setReason(condition.reason())
        .setMessage(condition.message())
        .build();
  }

  /** The default handler, also under its name for a RuntimeClass that asks for it. */
  private List<RuntimeHandler> handlers() {
    var able =
        RuntimeHandlerFeatures.newBuilder()
            .setRecursiveReadOnlyMounts(features.recursiveReadOnlyMounts())
            .setUserNamespaces(features.userNamespaces())
            .build();
    return List.of(
        RuntimeHandler.newBuilder().setName(DEFAULT_HANDLER).setFeatures(able).build(),
        RuntimeHandler.newBuilder().setName(Build.NAME).setFeatures(able).build());
  }

  private RuntimeConfigResponse runtimeConfig(RuntimeConfigRequest request) {
    return RuntimeConfigResponse.newBuilder()
        .setLinux(LinuxRuntimeConfiguration.newBuilder().setCgroupDriver(cgroupDriver))
        .build();
  }
}
