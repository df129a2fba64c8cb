package io.sandjar.runtime.cri;

import io.grpc.Context;
import io.sandjar.cri.v1.AuthConfig;
import io.sandjar.cri.v1.ImageServiceGrpc;
import io.sandjar.cri.v1.PullImageRequest;
import io.sandjar.cri.v1.PullImageResponse;
import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.image.Cancellation;
import io.sandjar.runtime.image.Image;
import io.sandjar.runtime.image.Images;
import io.sandjar.runtime.image.PullProgress;
import io.sandjar.runtime.image.PullRequest;
import io.sandjar.runtime.image.reference.ImageReference;
import io.sandjar.runtime.image.registry.Credentials;
import io.sandjar.runtime.image.registry.NodeCredentials;
import java.util.Optional;
import java.util.concurrent.TimeoutException;

/** PullImage: with the caller's credentials, and until the caller's deadline. */
public final class PullCalls implements RpcFamily {
  private final Images images;

  public PullCalls(Images images) {
    this.images = images;
  }

  @Override
  public void bind(Rpcs rpcs) {
    rpcs.unary(ImageServiceGrpc.getPullImageMethod(), this::pull);
  }

  private PullImageResponse pull(PullImageRequest request) {
    ImageReference reference = ImageReference.parse(ImageCalls.name(request.getImage()));
    var cancellation = new Cancellation();
    Context call = Context.current();
    Context.CancellationListener ended = context -> cancel(cancellation, context, reference);
    call.addListener(ended, Runnable::run);
    try {
      Image image =
          images.pull(
              new PullRequest(reference, credentials(request.getAuth()), images.platform()),
              PullProgress.NONE,
              cancellation);
      return PullImageResponse.newBuilder().setImageRef(image.id().toString()).build();
    } finally {
      call.removeListener(ended);
    }
  }

  private static void cancel(Cancellation cancellation, Context call, ImageReference reference) {
    boolean late = call.cancellationCause() instanceof TimeoutException;
    cancellation.cancel(
        late ? EngineException.Kind.DEADLINE_EXCEEDED : EngineException.Kind.CANCELLED,
        "pull " + reference + (late ? ": the deadline has passed" : ": the caller has left"));
  }

  private static Optional<Credentials> credentials(AuthConfig auth) {
    String server = auth.getServerAddress();
    return server.isEmpty()
        ? unbound(auth)
        : unbound(auth).map(found -> new Credentials.OfServer(server, found));
  }

  private static Optional<Credentials> unbound(AuthConfig auth) {
    if (!auth.getRegistryToken().isEmpty()) {
      return Optional.of(new Credentials.RegistryToken(auth.getRegistryToken()));
    }
    if (!auth.getIdentityToken().isEmpty()) {
      return Optional.of(new Credentials.IdentityToken(auth.getIdentityToken()));
    }
    if (!auth.getUsername().isEmpty()) {
      return Optional.of(new Credentials.Password(auth.getUsername(), auth.getPassword()));
    }
    return auth.getAuth().isEmpty()
        ? Optional.empty()
        : Optional.of(NodeCredentials.decodeBasic(auth.getAuth()));
  }
}
