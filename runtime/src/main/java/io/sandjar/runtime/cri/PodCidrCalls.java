package io.sandjar.runtime.cri;

import io.sandjar.cri.v1.RuntimeServiceGrpc;
import io.sandjar.cri.v1.UpdateRuntimeConfigRequest;
import io.sandjar.cri.v1.UpdateRuntimeConfigResponse;
import io.sandjar.netbridge.Cidr;
import io.sandjar.netbridge.PodNetwork;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/** UpdateRuntimeConfig: the kubelet says which addresses the node's pods get. */
public final class PodCidrCalls implements RpcFamily {
  private final PodNetwork network;
  private final Remembered remembered;

  /** Keeps what the kubelet said for the next daemon: it says it only once. */
  @FunctionalInterface
  public interface Remembered {
    void write(List<Cidr> podCidrs) throws IOException;
  }

  public PodCidrCalls(PodNetwork network, Remembered remembered) {
    this.network = network;
    this.remembered = remembered;
  }

  @Override
  public void bind(Rpcs rpcs) {
    rpcs.unary(RuntimeServiceGrpc.getUpdateRuntimeConfigMethod(), this::update);
  }

  /** Both families come in one text, with a comma between; none leaves what is. */
  private UpdateRuntimeConfigResponse update(UpdateRuntimeConfigRequest request)
      throws IOException {
    String text = request.getRuntimeConfig().getNetworkConfig().getPodCidr();
    List<Cidr> cidrs =
        Arrays.stream(text.split(","))
            .map(String::strip)
            .filter(c -> !c.isEmpty())
            .map(Cidr::parse)
            .toList();
    if (!cidrs.isEmpty()) {
      network.podCidrs(cidrs);
      remembered.write(cidrs);
    }
    return UpdateRuntimeConfigResponse.getDefaultInstance();
  }
}
