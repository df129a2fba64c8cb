package io.sandjar.runtime.pod.node;

import com.fasterxml.jackson.jr.ob.JSON;
import io.sandjar.runtime.image.reference.ImageReference;
import io.sandjar.runtime.image.registry.Credentials;
import io.sandjar.runtime.pod.env.Settings;
import io.sandjar.runtime.pod.schema.Trees;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/** Finds the credentials for an image in a pod's imagePullSecrets. */
final class PullSecrets {
  private final Settings settings;

  PullSecrets(Settings settings) {
    this.settings = settings;
  }

  /** The first secret's that knows the image's registry; empty where none does. */
  Optional<Credentials> of(Map<String, Object> pod, String image) {
    String namespace = Trees.string(Trees.object(pod, "metadata"), "namespace", "");
    String registry = ImageReference.parse(image).domain();
    for (Map<String, Object> reference :
        Trees.objects(Trees.object(pod, "spec"), "imagePullSecrets")) {
      Optional<Credentials> found =
          settings
              .secret(namespace, Trees.string(reference, "name", ""))
              .map(keys -> keys.get(".dockerconfigjson"))
              .flatMap(json -> find(json, registry));
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  private static Optional<Credentials> find(byte[] json, String registry) {
    try {
      Map<String, Object> auths = Trees.object(JSON.std.mapFrom(json), "auths");
      return auths.keySet().stream()
          .filter(server -> host(server).equals(registry))
          .map(server -> Trees.object(auths, server))
          .flatMap(entry -> credentials(entry).stream())
          .findFirst();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** {@code https://index.docker.io/v1/} and {@code docker.io} are the same registry. */
  private static String host(String server) {
    String host = server.replaceFirst("^https?://", "").split("/")[0];
    return host.equals("index.docker.io") ? "docker.io" : host;
  }

  private static Optional<Credentials> credentials(Map<String, Object> entry) {
    Optional<String> user = Trees.string(entry, "username");
    Optional<String> password = Trees.string(entry, "password");
    if (user.isPresent() && password.isPresent()) {
      return Optional.of(new Credentials.Password(user.get(), password.get()));
    }
    return Trees.string(entry, "auth").flatMap(PullSecrets::decoded);
  }

  private static Optional<Credentials> decoded(String auth) {
    try {
      String text =
          new String(
              java.util.Base64.getDecoder().decode(auth.strip()),
              java.nio.charset.StandardCharsets.UTF_8);
      int colon = text.indexOf(':');
      return colon < 0
          ? Optional.empty()
          : Optional.of(
              new Credentials.Password(text.substring(0, colon), text.substring(colon + 1)));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
