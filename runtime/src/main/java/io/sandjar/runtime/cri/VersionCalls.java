package io.sandjar.runtime.cri;

import io.sandjar.cri.v1.RuntimeServiceGrpc;
import io.sandjar.cri.v1.VersionRequest;
import io.sandjar.cri.v1.VersionResponse;
import io.sandjar.runtime.Build;

/** Version: who answers here. */
public final class VersionCalls implements RpcFamily {
  /** The version of the kubelet's own runtime API, frozen since before CRI had a v1. */
  private static final String KUBELET_API_VERSION = "0.1.0";

  private static final String CRI_VERSION = "v1";

  private final Build build;

  public VersionCalls(Build build) {
    this.build = build;
  }

  @Override
  public void bind(Rpcs rpcs) {
    rpcs.unary(RuntimeServiceGrpc.getVersionMethod(), this::version);
  }

  private VersionResponse version(VersionRequest request) {
    return VersionResponse.newBuilder()
        .setVersion(KUBELET_API_VERSION)
        .setRuntimeName(Build.NAME)
        .setRuntimeVersion(build.version())
        .setRuntimeApiVersion(CRI_VERSION)
        .build();
  }
}
