package io.sandjar.runtime.cri;

import io.sandjar.cri.v1.ContainerEventResponse;
import io.sandjar.cri.v1.ContainerEventType;
import io.sandjar.cri.v1.GetEventsRequest;
import io.sandjar.cri.v1.RuntimeServiceGrpc;
import io.sandjar.runtime.container.ContainerEvents.Event;
import io.sandjar.runtime.container.PodEngine;
import io.sandjar.runtime.image.Images;
import java.util.function.Consumer;

/** GetContainerEvents: what happens to containers, as it happens. */
public final class EventCalls implements RpcFamily {
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
      GetEventsRequest request, Consumer<ContainerEventResponse> client) {
    return engine.events().subscribe(event -> client.accept(response(event)), () -> {});
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
