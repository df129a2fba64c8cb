package io.sandjar.runtime.cri;

import io.grpc.Status;
import io.sandjar.cri.v1.ContainerEventResponse;
import io.sandjar.cri.v1.ContainerEventType;
import io.sandjar.cri.v1.GetEventsRequest;
import io.sandjar.cri.v1.RuntimeServiceGrpc;
import io.sandjar.runtime.container.ContainerEvents.Event;
import io.sandjar.runtime.container.PodEngine;
import io.sandjar.runtime.image.Images;

/** GetContainerEvents: what happens to containers, as it happens. */
public final class EventCalls implements RpcFamily {
  private static final Status TOO_SLOW =
      Status.RESOURCE_EXHAUSTED.withDescription(
          "this subscriber takes events more slowly than they happen, and has missed some:"
              + " subscribe again and list the containers");

  private final PodEngine engine;
  private final ContainerAnswers answers;

  public EventCalls(PodEngine engine, Images images) {
    this.engine = engine;
    this.answers = new ContainerAnswers(images);
  }

  @Override
  public void bind(Rpcs rpcs) {
    rpcs.subscription(RuntimeServiceGrpc.getGetContainerEventsMethod(), this::subscribe);
  }

  private AutoCloseable subscribe(
      GetEventsRequest request, Rpcs.Subscriber<ContainerEventResponse> client) {
    return engine
        .events()
        .subscribe(event -> client.send(response(event)), () -> client.end(TOO_SLOW));
  }

  private ContainerEventResponse response(Event event) {
    ContainerEventResponse.Builder response =
        ContainerEventResponse.newBuilder()
            .setContainerId(event.containerId())
            .setContainerEventType(
                switch (event.kind()) {
                  case CREATED -> ContainerEventType.CONTAINER_CREATED_EVENT;
                  case STARTED -> ContainerEventType.CONTAINER_STARTED_EVENT;
                  case STOPPED -> ContainerEventType.CONTAINER_STOPPED_EVENT;
                  case DELETED -> ContainerEventType.CONTAINER_DELETED_EVENT;
                })
            .setCreatedAt(Times.nanos(event.at()));
    engine
        .sandboxes()
        .find(event.sandboxId())
        .ifPresent(sandbox -> response.setPodSandboxStatus(SandboxAnswers.status(sandbox)));
    engine
        .containers()
        .ofSandbox(event.sandboxId())
        .forEach(container -> response.addContainersStatuses(answers.status(container)));
    return response.build();
  }
}
