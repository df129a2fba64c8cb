package io.sandjar.runtime.pod.node;

import io.sandjar.runtime.image.Cancellation;
import io.sandjar.runtime.image.Image;
import io.sandjar.runtime.image.Images;
import io.sandjar.runtime.image.PullProgress;
import io.sandjar.runtime.image.PullRequest;
import io.sandjar.runtime.image.reference.ImageReference;
import io.sandjar.runtime.pod.rules.PodTemplate.Placed;
import io.sandjar.runtime.pod.schema.Trees;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Brings the images that a pod's containers name, by their pull policies, with a back-off. */
final class ImagePulls {
  private static final Duration FIRST_BACK_OFF = Duration.ofSeconds(10);
  private static final Duration LONGEST_BACK_OFF = Duration.ofMinutes(5);

  private final Images images;
  private final PullSecrets secrets;
  private final EventRecorder events;
  private final InstantSource clock;
  private final Map<String, BackOff> backOffs = new ConcurrentHashMap<>();

  private record BackOff(Instant until, Duration length, String why) {}

  ImagePulls(Images images, PullSecrets secrets, EventRecorder events, InstantSource clock) {
    this.images = images;
    this.secrets = secrets;
    this.events = events;
    this.clock = clock;
  }

  /** What became of the wish for an image. */
  sealed interface Outcome {

    /** It is here. */
    record Here(Image image) implements Outcome {}

    /** It is not; try again at that time. */
    record Missing(Waiting waiting, Instant retryAt) implements Outcome {}
  }

  /** Brings the image of a container, and those of the volumes that it mounts. */
  Outcome bring(Map<String, Object> pod, Placed placed, Cancellation cancellation) {
    for (Map<String, Object> mount : Trees.objects(placed.container(), "volumeMounts")) {
      Object volume = mount.get("name");
      for (Map<String, Object> of : Trees.objects(Trees.object(pod, "spec"), "volumes")) {
        if (of.get("name").equals(volume) && of.get("image") instanceof Map<?, ?>) {
          Map<String, Object> image = Trees.object(of, "image");
          String name = Trees.string(image, "reference", "");
          String policy = Trees.string(image, "pullPolicy", "IfNotPresent");
          if (bring(pod, placed, name, policy, cancellation) instanceof Outcome.Missing missing) {
            return missing;
          }
        }
      }
    }
    String name = Trees.string(placed.container(), "image", "");
    String policy = Trees.string(placed.container(), "imagePullPolicy", "IfNotPresent");
    return bring(pod, placed, name, policy, cancellation);
  }

  private Outcome bring(
      Map<String, Object> pod,
      Placed placed,
      String name,
      String policy,
      Cancellation cancellation) {
    Instant now = clock.instant();
    Optional<Image> present;
    try {
      present = images.find(name);
    } catch (IllegalArgumentException e) {
      String message = "Failed to apply default image tag \"" + name + "\": " + e.getMessage();
      event(pod, placed, "Warning", "InspectFailed", message);
      return new Outcome.Missing(
          new Waiting("InvalidImageName", message), now.plus(LONGEST_BACK_OFF));
    }
    if (present.isPresent() && !policy.equals("Always")) {
      event(
          pod,
          placed,
          "Normal",
          "Pulled",
          "Container image \"" + name + "\" already present on machine");
      return new Outcome.Here(present.get());
    }
    if (policy.equals("Never")) {
      String message = "Container image \"" + name + "\" is not present with pull policy of Never";
      event(pod, placed, "Warning", "ErrImageNeverPull", message);
      return new Outcome.Missing(
          new Waiting("ErrImageNeverPull", message), now.plus(FIRST_BACK_OFF));
    }
    String key = ImagePulls.key(pod, name);
    BackOff held = backOffs.get(key);
    if (held != null && Restarts.isHeldBack(held.until().minus(held.length()), held.until(), now)) {
      String message = "Back-off pulling image \"" + name + "\": " + held.why();
      event(pod, placed, "Normal", "BackOff", "Back-off pulling image \"" + name + "\"");
      return new Outcome.Missing(new Waiting("ImagePullBackOff", message), held.until());
    }
    return pull(pod, placed, name, key, cancellation);
  }

  private Outcome pull(
      Map<String, Object> pod, Placed placed, String name, String key, Cancellation cancellation) {
    event(pod, placed, "Normal", "Pulling", "Pulling image \"" + name + "\"");
    Instant start = clock.instant();
    try {
      Image image =
          images.pull(
              new PullRequest(ImageReference.parse(name), secrets.of(pod, name), images.platform()),
              PullProgress.NONE,
              cancellation);
      backOffs.remove(key);
      Duration took = Duration.between(start, clock.instant());
      event(
          pod,
          placed,
          "Normal",
          "Pulled",
          String.format(
              "Successfully pulled image \"%s\" in %.3fs. Image size: %d bytes.",
              name, took.toMillis() / 1000.0, image.size()));
      return new Outcome.Here(image);
    } catch (RuntimeException e) {
      String why = String.valueOf(e.getMessage());
      BackOff before = backOffs.get(key);
      Duration length = before == null ? FIRST_BACK_OFF : before.length().multipliedBy(2);
      length = length.compareTo(LONGEST_BACK_OFF) > 0 ? LONGEST_BACK_OFF : length;
      var backOff = new BackOff(clock.instant().plus(length), length, why);
      backOffs.put(key, backOff);
      event(pod, placed, "Warning", "Failed", "Failed to pull image \"" + name + "\": " + why);
      event(pod, placed, "Warning", "Failed", "Error: ErrImagePull");
      return new Outcome.Missing(new Waiting("ErrImagePull", why), backOff.until());
    }
  }

  private void event(
      Map<String, Object> pod, Placed placed, String type, String reason, String message) {
    events.ofContainer(pod, placed.list(), placed.name(), type, reason, message);
  }

  /** Each pod waits for itself: a new pod with the same image tries at once. */
  private static String key(Map<String, Object> pod, String image) {
    return PodState.uid(pod) + "/" + image;
  }

  void forget(String uid) {
    backOffs.keySet().removeIf(key -> key.startsWith(uid + "/"));
  }
}
