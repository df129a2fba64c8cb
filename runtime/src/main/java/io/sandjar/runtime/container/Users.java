package io.sandjar.runtime.container;

import io.sandjar.runtime.EngineException;
import io.sandjar.runtime.EngineException.Kind;
import io.sandjar.runtime.image.ImageConfig;
import io.sandjar.runtime.image.snapshot.Snapshot;
import io.sandjar.runtime.linux.ImageUsers;
import io.sandjar.runtime.linux.ProcessUser;
import java.io.IOException;
import java.util.List;

/** Finds whom a container runs as: the security context's word, or the image's. */
final class Users {

  private Users() {}

  static ProcessUser resolve(ContainerSpec spec, ImageConfig image, Snapshot snapshot)
      throws IOException {
    ContainerSecurity security = spec.security();
    List<Integer> groups =
        security.supplementalGroups().stream().map(group -> id(group, "group")).toList();
    ImageUsers.GroupsPolicy policy =
        security.strictGroups() ? ImageUsers.GroupsPolicy.STRICT : ImageUsers.GroupsPolicy.MERGE;
    try {
      return new ImageUsers(new LayeredFiles(snapshot.lower()))
          .resolve(wanted(security, image), groups, policy);
    } catch (IllegalArgumentException unknown) {
      throw new EngineException(
          Kind.INVALID_ARGUMENT,
          "container " + spec.name().name() + ": " + unknown.getMessage(),
          unknown);
    }
  }

  private static String wanted(ContainerSecurity security, ImageConfig image) {
    String user =
        security
            .runAsUser()
            .map(uid -> Integer.toString(id(uid, "user")))
            .orElse(security.runAsUsername());
    String group = security.runAsGroup().map(gid -> ":" + id(gid, "group")).orElse("");
    String base = user.isEmpty() ? image.user() : user;
    if (group.isEmpty()) {
      return base;
    }
    // A group of the request's goes with the image's user, too.
    String name = base.split(":", 2)[0];
    return (name.isEmpty() ? "0" : name) + group;
  }

  private static int id(long id, String what) {
    if (id < 0 || id > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          what + " id " + id + " is not between 0 and " + Integer.MAX_VALUE);
    }
    return (int) id;
  }
}
