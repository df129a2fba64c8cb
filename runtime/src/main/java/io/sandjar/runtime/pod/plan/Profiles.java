package io.sandjar.runtime.pod.plan;

import io.sandjar.runtime.pod.schema.Trees;
import io.sandjar.runtime.sandbox.SecurityProfile;
import java.util.Map;

/** Reads the seccomp and AppArmor profiles of security contexts. */
final class Profiles {

  private Profiles() {}

  /** The profile of the field; the runtime's own where none is written. */
  static SecurityProfile of(Map<String, Object> context, String field) {
    Map<String, Object> profile = Trees.object(context, field);
    return switch (Trees.string(profile, "type", "RuntimeDefault")) {
      case "Unconfined" -> SecurityProfile.UNCONFINED;
      case "Localhost" ->
          new SecurityProfile(
              SecurityProfile.Kind.LOCALHOST, Trees.string(profile, "localhostProfile", ""));
      default -> SecurityProfile.RUNTIME_DEFAULT;
    };
  }
}
