package io.sandjar.runtime.cri;

import io.sandjar.cri.v1.IDMapping;
import io.sandjar.cri.v1.Int64Value;
import io.sandjar.cri.v1.NamespaceOption;
import io.sandjar.cri.v1.SELinuxOption;
import io.sandjar.runtime.sandbox.IdRange;
import io.sandjar.runtime.sandbox.NamespaceMode;
import io.sandjar.runtime.sandbox.PodNamespaces;
import io.sandjar.runtime.sandbox.SecurityProfile;
import io.sandjar.runtime.sandbox.SelinuxLabel;
import io.sandjar.runtime.sandbox.UserNamespace;
import java.util.List;
import java.util.Optional;

/** Reads the parts of a security context that sandboxes and containers have alike. */
final class SecuritySpecs {
  private static final String RUNTIME_DEFAULT = "runtime/default";
  private static final String DOCKER_DEFAULT = "docker/default";
  private static final String UNCONFINED = "unconfined";
  private static final String LOCALHOST_PREFIX = "localhost/";

  private SecuritySpecs() {}

  static PodNamespaces namespaces(String field, NamespaceOption option) {
    NamespaceMode pid = mode(field + ".pid", option.getPid());
    if (pid == NamespaceMode.TARGET) {
      Fields.required(field + ".target_id", option.getTargetId());
    }
    return new PodNamespaces(
        podOrNode(field + ".network", option.getNetwork()),
        pid,
        podOrNode(field + ".ipc", option.getIpc()),
        option.getTargetId(),
        userNamespace(field + ".userns_options", option));
  }

  private static NamespaceMode podOrNode(String field, io.sandjar.cri.v1.NamespaceMode requested) {
    NamespaceMode mode = mode(field, requested);
    if (mode != NamespaceMode.POD && mode != NamespaceMode.NODE) {
      throw Fields.invalid(field, mode + " is not supported here; use POD or NODE");
    }
    return mode;
  }

  static NamespaceMode mode(String field, io.sandjar.cri.v1.NamespaceMode mode) {
    return switch (mode) {
      case POD -> NamespaceMode.POD;
      case CONTAINER -> NamespaceMode.CONTAINER;
      case NODE -> NamespaceMode.NODE;
      case TARGET -> NamespaceMode.TARGET;
      case UNRECOGNIZED -> throw Fields.invalid(field, "unknown namespace mode");
    };
  }

  private static Optional<UserNamespace> userNamespace(String field, NamespaceOption option) {
    if (!option.hasUsernsOptions()) {
      return Optional.empty();
    }
    var user = option.getUsernsOptions();
    switch (mode(field + ".mode", user.getMode())) {
      case NODE -> {
        if (user.getUidsCount() > 0 || user.getGidsCount() > 0) {
          throw Fields.invalid(field, "mode NODE has no id mappings");
        }
        return Optional.empty();
      }
      case POD -> {
        List<IdRange> uids = ranges(field + ".uids", user.getUidsList());
        List<IdRange> gids = ranges(field + ".gids", user.getGidsList());
        if (!uids.equals(gids)) {
          throw Fields.invalid(field, "the mappings of uids and gids differ");
        }
        return Optional.of(new UserNamespace(uids, gids));
      }
      default -> throw Fields.invalid(field + ".mode", user.getMode() + " is not supported");
    }
  }

  /** One mapping, as the kubelet gives it: several cannot be made into one idmapped mount. */
  private static List<IdRange> ranges(String field, List<IDMapping> mappings) {
    if (mappings.size() != 1) {
      throw Fields.invalid(field, "exactly one mapping is supported, not " + mappings.size());
    }
    IDMapping mapping = mappings.get(0);
    if (mapping.getLength() == 0) {
      throw Fields.invalid(field, "the length of a mapping must not be 0");
    }
    if (mapping.getHostId() == 0) {
      throw Fields.invalid(field, "a pod's ids must not be mapped to the host's root");
    }
    return idRanges(mappings);
  }

  static List<IdRange> idRanges(List<IDMapping> mappings) {
    return mappings.stream()
        .map(
            mapping ->
                new IdRange(
                    Integer.toUnsignedLong(mapping.getContainerId()),
                    Integer.toUnsignedLong(mapping.getHostId()),
                    Integer.toUnsignedLong(mapping.getLength())))
        .toList();
  }

  /**
   * The profile of the structured field, or of the older text field.
   *
   * @param whenUnset applies where a request says nothing
   */
  static SecurityProfile profile(
      String field,
      boolean set,
      io.sandjar.cri.v1.SecurityProfile profile,
      String text,
      SecurityProfile whenUnset) {
    if (set) {
      return switch (profile.getProfileType()) {
        case RuntimeDefault -> SecurityProfile.RUNTIME_DEFAULT;
        case Unconfined -> SecurityProfile.UNCONFINED;
        case Localhost -> localhost(field, profile.getLocalhostRef());
        case UNRECOGNIZED -> throw Fields.invalid(field, "unknown profile type");
      };
    }
    return switch (text) {
      case "" -> whenUnset;
      case RUNTIME_DEFAULT, DOCKER_DEFAULT -> SecurityProfile.RUNTIME_DEFAULT;
      case UNCONFINED -> SecurityProfile.UNCONFINED;
      default -> {
        if (!text.startsWith(LOCALHOST_PREFIX)) {
          throw Fields.invalid(field, "unknown profile \"" + text + '"');
        }
        yield localhost(field, text);
      }
    };
  }

  private static SecurityProfile localhost(String field, String reference) {
    // Older kubelets repeat the prefix of the text form.
    String name =
        reference.startsWith(LOCALHOST_PREFIX)
            ? reference.substring(LOCALHOST_PREFIX.length())
            : reference;
    return new SecurityProfile(
        SecurityProfile.Kind.LOCALHOST, Fields.required(field + ".localhost_ref", name));
  }

  static Optional<SelinuxLabel> selinux(boolean set, SELinuxOption option) {
    SelinuxLabel label =
        new SelinuxLabel(option.getUser(), option.getRole(), option.getType(), option.getLevel());
    return set && !label.equals(new SelinuxLabel("", "", "", ""))
        ? Optional.of(label)
        : Optional.empty();
  }

  static Optional<Long> id(String field, boolean set, Int64Value value) {
    if (!set) {
      return Optional.empty();
    }
    if (value.getValue() < 0 || value.getValue() > 0xffff_fffeL) {
      throw Fields.invalid(field, value.getValue() + " is not an id");
    }
    return Optional.of(value.getValue());
  }

  static List<Long> groups(String field, List<Long> groups) {
    for (long group : groups) {
      id(field, true, Int64Value.newBuilder().setValue(group).build());
    }
    return groups;
  }
}
