package io.sandjar.runtime.sandbox;

import java.util.List;

/** The ids of a pod that has a user namespace of its own. */
public record UserNamespace(List<IdRange> uids, List<IdRange> gids) {

  public UserNamespace {
    uids = List.copyOf(uids);
    gids = List.copyOf(gids);
  }
}
