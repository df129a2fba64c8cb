package io.sandjar.runtime.daemon.doctor;

import io.sandjar.netbridge.NetworkStatus;
import java.util.ArrayList;
import java.util.List;

/** What the pod network says of itself. */
final class NetworkCheck {
  private static final String AREA = "network";

  private NetworkCheck() {}

  static List<Finding> of(NetworkStatus status) {
    var findings = new ArrayList<Finding>();
    findings.add(
        status.ready()
            ? Finding.ok(AREA, "the " + status.provider() + " network is ready")
            : Finding.failure(
                AREA,
                "the " + status.provider() + " network is not ready: " + status.message(),
                "see docs/networking.md; 'sandjar net' shows the whole state"));
    for (String warning : status.warnings()) {
      findings.add(Finding.warning(AREA, warning, "see docs/networking.md, Other firewalls"));
    }
    return findings;
  }
}
