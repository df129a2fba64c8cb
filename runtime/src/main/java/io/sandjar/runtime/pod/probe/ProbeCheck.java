package io.sandjar.runtime.pod.probe;

import java.util.List;
import java.util.Optional;

/** What one probe asks of a container. */
public sealed interface ProbeCheck {

  /**
   * A GET that must be answered with 200 to 399.
   *
   * @param https the certificate is not verified
   * @param host where to; without it the pod's own address
   * @param target path and query, as in the manifest
   */
  record HttpGet(
      boolean https, Optional<String> host, int port, String target, List<Header> headers)
      implements ProbeCheck {
    public HttpGet {
      headers = List.copyOf(headers);
    }
  }

  /** A header of the request; several may have one name. */
  record Header(String name, String value) {}

  /** A connection that must be accepted. */
  record TcpSocket(Optional<String> host, int port) implements ProbeCheck {}

  /**
   * grpc.health.v1.Health/Check, which must answer SERVING.
   *
   * @param service what is asked for; often empty
   */
  record Grpc(int port, String service) implements ProbeCheck {}

  /** A command in the container that must end with 0. */
  record Exec(List<String> command) implements ProbeCheck {
    public Exec {
      command = List.copyOf(command);
    }
  }
}
