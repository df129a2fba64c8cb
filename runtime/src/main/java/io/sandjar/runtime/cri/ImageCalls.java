package io.sandjar.runtime.cri;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sandjar.cri.v1.FilesystemIdentifier;
import io.sandjar.cri.v1.FilesystemUsage;
import io.sandjar.cri.v1.ImageFsInfoRequest;
import io.sandjar.cri.v1.ImageFsInfoResponse;
import io.sandjar.cri.v1.ImageServiceGrpc;
import io.sandjar.cri.v1.ImageSpec;
import io.sandjar.cri.v1.ImageStatusRequest;
import io.sandjar.cri.v1.ImageStatusResponse;
import io.sandjar.cri.v1.Int64Value;
import io.sandjar.cri.v1.ListImagesRequest;
import io.sandjar.cri.v1.ListImagesResponse;
import io.sandjar.cri.v1.RemoveImageRequest;
import io.sandjar.cri.v1.RemoveImageResponse;
import io.sandjar.cri.v1.StreamImagesRequest;
import io.sandjar.cri.v1.StreamImagesResponse;
import io.sandjar.cri.v1.UInt64Value;
import io.sandjar.runtime.image.Image;
import io.sandjar.runtime.image.ImageView;
import io.sandjar.runtime.image.Images;
import io.sandjar.runtime.image.Usage;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** The image RPCs that look at, list and remove what is here; pulling is {@link PullCalls}. */
public final class ImageCalls implements RpcFamily {
  /** Images per streamed message: well below gRPC's 4 MiB. */
  private static final int BATCH = 256;

  private final Images images;
  private final Clock clock;

  public ImageCalls(Images images, Clock clock) {
    this.images = images;
    this.clock = clock;
  }

  @Override
  public void bind(Rpcs rpcs) {
    rpcs.unary(ImageServiceGrpc.getListImagesMethod(), this::list);
    rpcs.streaming(ImageServiceGrpc.getStreamImagesMethod(), this::stream);
    rpcs.unary(ImageServiceGrpc.getImageStatusMethod(), this::status);
    rpcs.unary(ImageServiceGrpc.getRemoveImageMethod(), this::remove);
    rpcs.unary(ImageServiceGrpc.getImageFsInfoMethod(), this::fsInfo);
  }

  private ListImagesResponse list(ListImagesRequest request) {
    var response = ListImagesResponse.newBuilder();
    matching(request.getFilter().getImage()).forEach(image -> response.addImages(toCri(image)));
    return response.build();
  }

  private void stream(StreamImagesRequest request, Consumer<StreamImagesResponse> answers) {
    List<Image> matching = matching(request.getFilter().getImage());
    for (int from = 0; from < matching.size(); from += BATCH) {
      var response = StreamImagesResponse.newBuilder();
      matching
          .subList(from, Math.min(from + BATCH, matching.size()))
          .forEach(image -> response.addImages(toCri(image)));
      answers.accept(response.build());
    }
  }

  private List<Image> matching(ImageSpec filter) {
    return filter.getImage().isEmpty()
        ? images.list()
        : images.find(filter.getImage()).stream().toList();
  }

  private ImageStatusResponse status(ImageStatusRequest request) throws IOException {
    Optional<Image> image = images.find(name(request.getImage()));
    var response = ImageStatusResponse.newBuilder();
    // An image that is not here is no error: the kubelet asks in order to know.
    if (image.isPresent()) {
      response.setImage(toCri(image.get()));
      if (request.getVerbose()) {
        response.putInfo("info", JSON.std.asString(ImageView.details(image.get())));
      }
    }
    return response.build();
  }

  private RemoveImageResponse remove(RemoveImageRequest request) {
    images.remove(name(request.getImage()));
    return RemoveImageResponse.getDefaultInstance();
  }

  private ImageFsInfoResponse fsInfo(ImageFsInfoRequest request) {
    return ImageFsInfoResponse.newBuilder()
        .addImageFilesystems(usage(images.usage()))
        .addContainerFilesystems(usage(images.snapshots().usage()))
        .build();
  }

  /** One mountpoint for both, or the kubelet takes them for two file systems. */
  private FilesystemUsage usage(Usage usage) {
    return FilesystemUsage.newBuilder()
        .setTimestamp(nanos(clock.instant()))
        .setFsId(FilesystemIdentifier.newBuilder().setMountpoint(images.root().toString()))
        .setUsedBytes(UInt64Value.newBuilder().setValue(usage.bytes()))
        .setInodesUsed(UInt64Value.newBuilder().setValue(usage.inodes()))
        .build();
  }

  private static long nanos(Instant time) {
    return TimeUnit.SECONDS.toNanos(time.getEpochSecond()) + time.getNano();
  }

  static String name(ImageSpec spec) {
    if (spec.getImage().isEmpty()) {
      throw new IllegalArgumentException("image.image is empty: it names the image");
    }
    RuntimeHandlers.check("image.runtime_handler", spec.getRuntimeHandler());
    return spec.getImage();
  }

  private static io.sandjar.cri.v1.Image toCri(Image image) {
    var cri =
        io.sandjar.cri.v1.Image.newBuilder()
            .setId(image.id().toString())
            .addAllRepoTags(image.repoTags())
            .addAllRepoDigests(image.repoDigests())
            .setSize(image.size())
            .setPinned(image.pinned())
            .setSpec(
                ImageSpec.newBuilder()
                    .setImage(image.id().toString())
                    .putAllAnnotations(image.annotations()));
    String user = image.config().user().split(":", 2)[0];
    if (user.matches("[0-9]{1,18}")) {
      cri.setUid(Int64Value.newBuilder().setValue(Long.parseLong(user)));
    } else {
      cri.setUsername(user);
    }
    return cri.build();
  }
}
