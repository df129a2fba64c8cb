package io.sandjar.runtime.cri;

import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.sandjar.cri.v1.ContainerStatusRequest;
import io.sandjar.cri.v1.ImageServiceGrpc;
import io.sandjar.cri.v1.PodSandboxConfig;
import io.sandjar.cri.v1.PodSandboxMetadata;
import io.sandjar.cri.v1.PodSandboxStatusRequest;
import io.sandjar.cri.v1.RemovePodSandboxRequest;
import io.sandjar.cri.v1.RunPodSandboxRequest;
import io.sandjar.cri.v1.RuntimeCondition;
import io.sandjar.cri.v1.RuntimeServiceGrpc;
import io.sandjar.cri.v1.StatusRequest;
import io.sandjar.cri.v1.StopPodSandboxRequest;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A CRI client on a unix socket, as a kubelet is one. */
public final class CriClient implements AutoCloseable {
  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final ManagedChannel channel;

  public CriClient(Path socket) {
    channel =
        NettyChannelBuilder.forAddress(UnixDomainSocketAddress.of(socket))
            .channelType(NioDomainSocketChannel.class)
            .withOption(ChannelOption.SO_KEEPALIVE, null)
            .eventLoopGroup(loops)
            .usePlaintext()
            .build();
  }

  public ManagedChannel channel() {
    return channel;
  }

  /** What moves its bytes. */
  public EventLoopGroup loops() {
    return loops;
  }

  public RuntimeServiceGrpc.RuntimeServiceBlockingStub runtime() {
    return RuntimeServiceGrpc.newBlockingStub(channel);
  }

  public ImageServiceGrpc.ImageServiceBlockingStub images() {
    return ImageServiceGrpc.newBlockingStub(channel);
  }

  /** One of the node's conditions, such as NetworkReady. */
  public RuntimeCondition condition(String type) {
    return runtime()
        .status(StatusRequest.getDefaultInstance())
        .getStatus()
        .getConditionsList()
        .stream()
        .filter(condition -> condition.getType().equals(type))
        .findAny()
        .orElseThrow();
  }

  /**
   * Runs a pod that has nothing but a name.
   *
   * @return its id
   */
  public String runPod(String name) {
    var metadata =
        PodSandboxMetadata.newBuilder().setName(name).setNamespace("default").setUid(name);
    return runtime()
        .runPodSandbox(
            RunPodSandboxRequest.newBuilder()
                .setConfig(PodSandboxConfig.newBuilder().setMetadata(metadata))
                .build())
        .getPodSandboxId();
  }

  /** Ends the pod and takes it away. */
  public void removePod(String sandbox) {
    runtime().stopPodSandbox(StopPodSandboxRequest.newBuilder().setPodSandboxId(sandbox).build());
    runtime()
        .removePodSandbox(RemovePodSandboxRequest.newBuilder().setPodSandboxId(sandbox).build());
  }

  /** The process that holds the pod's namespaces. */
  public long pidOfPod(String sandbox) {
    return pid(
        runtime()
            .podSandboxStatus(
                PodSandboxStatusRequest.newBuilder()
                    .setPodSandboxId(sandbox)
                    .setVerbose(true)
                    .build())
            .getInfoMap());
  }

  /** The container's first process. */
  public long pidOf(String container) {
    return pid(
        runtime()
            .containerStatus(
                ContainerStatusRequest.newBuilder()
                    .setContainerId(container)
                    .setVerbose(true)
                    .build())
            .getInfoMap());
  }

  private static long pid(Map<String, String> verbose) {
    return Long.parseLong(verbose.get("info").replaceAll(".*\"pid\":(\\d+).*", "$1"));
  }

  @Override
  public void close() {
    channel.shutdownNow();
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }
}
