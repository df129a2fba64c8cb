package io.sandjar.runtime.cri;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.sandjar.cri.v1.CheckpointContainerRequest;
import io.sandjar.cri.v1.Container;
import io.sandjar.cri.v1.ContainerEventResponse;
import io.sandjar.cri.v1.ExecSyncRequest;
import io.sandjar.cri.v1.ExecSyncResponse;
import io.sandjar.cri.v1.GetEventsRequest;
import io.sandjar.cri.v1.ListImagesRequest;
import io.sandjar.cri.v1.ListPodSandboxRequest;
import io.sandjar.cri.v1.RemoveContainerRequest;
import io.sandjar.cri.v1.ReopenContainerLogRequest;
import io.sandjar.cri.v1.RuntimeServiceGrpc;
import io.sandjar.cri.v1.StopContainerRequest;
import io.sandjar.cri.v1.StreamContainersRequest;
import io.sandjar.cri.v1.StreamContainersResponse;
import io.sandjar.cri.v1.VersionRequest;
import io.sandjar.runtime.Build;
import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.EngineException.Kind;
import io.sandjar.runtime.linux.SocketFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CriServerTest {
  @TempDir private Path folder;

  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final ExecutorService workers = Executors.newCachedThreadPool();
  private final CountDownLatch entered = new CountDownLatch(1);
  private final CountDownLatch callerLeft = new CountDownLatch(1);
  private final CountDownLatch unsubscribed = new CountDownLatch(1);
  private volatile Rpcs.Subscriber<ContainerEventResponse> subscriber;
  private final CountDownLatch subscribed = new CountDownLatch(1);
  private final List<Throwable> thrownAtWorkers = new CopyOnWriteArrayList<>();
  private final RpcMetrics metrics = new RpcMetrics();
  private volatile Runnable whileSubscribing = () -> {};
  private CriServer server;
  private CriClient client;

  @BeforeEach
  void serve() throws IOException {
    var socket = folder.resolve("cri.sock");
    server =
        new CriServer(
            new SocketFile(socket),
            List.of(new VersionCalls(new Build("1.2.3")), new CheckpointCalls(), this::bindSamples),
            loops,
            this::onWorker,
            metrics);
    server.start();
    client = new CriClient(socket);
  }

  private void onWorker(Runnable call) {
    workers.execute(
        () -> {
          try {
            call.run();
          } catch (Throwable e) {
            thrownAtWorkers.add(e);
          }
        });
  }

  private void bindSamples(Rpcs rpcs) {
    rpcs.unary(
        RuntimeServiceGrpc.getStopContainerMethod(),
        request -> {
          throw new EngineException(Kind.valueOf(request.getContainerId()), "said by the engine");
        });
    rpcs.unary(
        RuntimeServiceGrpc.getRemoveContainerMethod(),
        request -> {
          throw new IOException("open /x: EIO (Input/output error)");
        });
    rpcs.unary(
        RuntimeServiceGrpc.getReopenContainerLogMethod(),
        request -> {
          throw new OutOfMemoryError("Java heap space");
        });
    rpcs.unary(
        RuntimeServiceGrpc.getExecSyncMethod(),
        request -> {
          Context.current().addListener(call -> callerLeft.countDown(), Runnable::run);
          entered.countDown();
          callerLeft.await();
          return ExecSyncResponse.getDefaultInstance();
        });
    rpcs.streaming(
        RuntimeServiceGrpc.getStreamContainersMethod(),
        (request, answers) -> {
          for (var id : List.of("a", "b")) {
            answers.accept(
                StreamContainersResponse.newBuilder()
                    .addContainers(Container.newBuilder().setId(id))
                    .build());
          }
        });
    rpcs.subscription(
        RuntimeServiceGrpc.getGetContainerEventsMethod(),
        (request, answers) -> {
          subscriber = answers;
          subscribed.countDown();
          whileSubscribing.run();
          return unsubscribed::countDown;
        });
  }

  @AfterEach
  void stop() {
    client.close();
    server.close();
    workers.shutdownNow();
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }

  @Test
  void versionAnswersThroughARealClient() {
    var version = client.runtime().version(VersionRequest.getDefaultInstance());
    assertEquals("sandjar", version.getRuntimeName());
    assertEquals("1.2.3", version.getRuntimeVersion());
    assertEquals("v1", version.getRuntimeApiVersion());
  }

  @Test
  void anRpcThatNobodyBoundAnswersWithItsName() {
    var sandbox =
        refusal(() -> client.runtime().listPodSandbox(ListPodSandboxRequest.getDefaultInstance()));
    assertEquals(Status.Code.UNIMPLEMENTED, sandbox.getCode());
    assertEquals("ListPodSandbox is not implemented", sandbox.getDescription());
    var image = refusal(() -> client.images().listImages(ListImagesRequest.getDefaultInstance()));
    assertEquals("ListImages is not implemented", image.getDescription());
  }

  @Test
  void checkpointSaysWhyItIsRefused() {
    var status =
        refusal(
            () ->
                client
                    .runtime()
                    .checkpointContainer(CheckpointContainerRequest.getDefaultInstance()));
    assertEquals(Status.Code.UNIMPLEMENTED, status.getCode());
    assertTrue(status.getDescription().contains("CRIU"), status.getDescription());
  }

  @Test
  void theEnginesRefusalsKeepTheirKind() {
    for (var kind : Kind.values()) {
      var status =
          refusal(
              () ->
                  client
                      .runtime()
                      .stopContainer(
                          StopContainerRequest.newBuilder().setContainerId(kind.name()).build()));
      assertEquals(kind.name(), status.getCode().name());
      assertEquals("said by the engine", status.getDescription());
    }
  }

  @Test
  void anUnforeseenErrorIsInternalAndSaysWhat() {
    var status =
        refusal(
            () -> client.runtime().removeContainer(RemoveContainerRequest.getDefaultInstance()));
    assertEquals(Status.Code.INTERNAL, status.getCode());
    assertEquals("open /x: EIO (Input/output error)", status.getDescription());
  }

  @Test
  void evenAnErrorOfTheVirtualMachineIsAnswered() {
    var status =
        refusal(
            () ->
                client
                    .runtime()
                    .reopenContainerLog(ReopenContainerLogRequest.getDefaultInstance()));
    assertEquals(Status.Code.INTERNAL, status.getCode());
    assertEquals("Java heap space", status.getDescription());
  }

  @Test
  void whoIsInterruptedIsToldToAskAgain() {
    var status = RpcErrors.toStatus("StopContainer", new InterruptedException()).getStatus();
    assertTrue(Thread.interrupted(), "its worker learns of it, too");
    assertEquals(Status.Code.CANCELLED, status.getCode());
    assertTrue(status.getDescription().endsWith("ask again"), status.getDescription());
  }

  @Test
  void aHandlerThatBlocksHoldsUpNoOtherCallAndLearnsThatItsCallerLeft() throws Exception {
    var waiting =
        RuntimeServiceGrpc.newFutureStub(client.channel())
            .execSync(ExecSyncRequest.getDefaultInstance());
    assertTrue(entered.await(60, TimeUnit.SECONDS));
    assertEquals(
        "sandjar", client.runtime().version(VersionRequest.getDefaultInstance()).getRuntimeName());

    waiting.cancel(true);
    assertTrue(callerLeft.await(60, TimeUnit.SECONDS));
  }

  @Test
  void aCallThatNoWorkerTakesIsRefused() {
    workers.shutdown();
    var status = refusal(() -> client.runtime().version(VersionRequest.getDefaultInstance()));
    assertEquals(Status.Code.UNAVAILABLE, status.getCode());
    assertEquals("the daemon is ending", status.getDescription());
  }

  @Test
  void aStreamEndsWhenItsHandlerReturns() {
    var ids = new ArrayList<String>();
    client
        .runtime()
        .streamContainers(StreamContainersRequest.getDefaultInstance())
        .forEachRemaining(answer -> ids.add(answer.getContainers(0).getId()));
    assertEquals(List.of("a", "b"), ids);
  }

  @Test
  void aSubscriptionEndsWhenItsClientLeaves() throws Exception {
    var events = client.runtime().getContainerEvents(GetEventsRequest.getDefaultInstance());
    assertTrue(subscribed.await(60, TimeUnit.SECONDS));
    subscriber.send(ContainerEventResponse.newBuilder().setContainerId("c").build());
    assertEquals("c", events.next().getContainerId());
    assertFalse(unsubscribed.await(50, TimeUnit.MILLISECONDS));

    client.channel().shutdownNow();
    assertTrue(unsubscribed.await(60, TimeUnit.SECONDS));
  }

  @Test
  void aClientThatTakesNothingHoldsUpItsSenderUntilItIsSentAway() throws Exception {
    var events = client.runtime().getContainerEvents(GetEventsRequest.getDefaultInstance());
    assertTrue(subscribed.await(60, TimeUnit.SECONDS));
    var sent = new AtomicInteger();
    var event = ContainerEventResponse.newBuilder().setContainerId("x".repeat(64 * 1024)).build();
    var sender =
        new Thread(
            () -> {
              while (unsubscribed.getCount() > 0) {
                subscriber.send(event);
                sent.incrementAndGet();
              }
            });
    sender.start();
    while (sender.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    assertTrue(sent.get() < 1000, sent + " messages wait in memory");
    subscriber.end(Status.RESOURCE_EXHAUSTED.withDescription("too slow"));
    sender.join();
    assertEquals(
        "too slow",
        refusal(() -> events.forEachRemaining(taken -> {})).getDescription(),
        "after what it was sent");
  }

  @Test
  void aHandlerThatFailsAfterItsCallIsOverTroublesNobody() throws Exception {
    whileSubscribing =
        () -> {
          subscriber.end(Status.RESOURCE_EXHAUSTED.withDescription("too slow"));
          throw new IllegalStateException("the source is gone");
        };
    var events = client.runtime().getContainerEvents(GetEventsRequest.getDefaultInstance());
    assertEquals("too slow", refusal(() -> events.forEachRemaining(taken -> {})).getDescription());
    workers.shutdown();
    assertTrue(workers.awaitTermination(60, TimeUnit.SECONDS));
    assertEquals(List.of(), thrownAtWorkers);
  }

  @Test
  void bindingAnRpcTwiceIsRefused() {
    var twice = List.<RpcFamily>of(new CheckpointCalls(), new CheckpointCalls());
    assertThrows(
        IllegalStateException.class,
        () -> Rpcs.bind(twice, workers, RuntimeServiceGrpc.getServiceDescriptor()));
  }

  @Test
  void theSocketIsForRootsGroupAndGoesWithTheServer() throws IOException {
    var socket = folder.resolve("cri.sock");
    assertEquals(
        "rw-rw----",
        java.nio.file.attribute.PosixFilePermissions.toString(
            Files.getPosixFilePermissions(socket)));
    server.close();
    assertFalse(Files.exists(socket));
  }

  private static Status refusal(Runnable call) {
    return assertThrows(StatusRuntimeException.class, call::run).getStatus();
  }
}
