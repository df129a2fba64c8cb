package io.sandjar.runtime.stream;

import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpRequest;
import java.util.List;

/**
 * Serves port-forwards on an HTTP connection: by SPDY, by SPDY inside a WebSocket, or by WebSocket
 * channels. The same is asked of the connection as in {@link RemoteCommandUpgrade}.
 */
public final class PortForwardUpgrade {
  private static final String PORT_FORWARD = "portforward.k8s.io";
  private static final String TUNNEL = "SPDY/3.1+" + PORT_FORWARD;
  private static final String BASE64 = "v4.base64.channel.k8s.io";

  /** Kubernetes has none for port-forwards; it is v4 with a way to end what the client sends. */
  private static final String ENDING = "v5.channel.k8s.io";

  private static final List<String> CHANNELS = List.of("v4.channel.k8s.io", ENDING, BASE64);

  private final StreamLimits limits;

  public PortForwardUpgrade(StreamLimits limits) {
    this.limits = limits;
  }

  /**
   * @param ports what the request names; only clients of WebSocket channels need it
   */
  public void forward(
      Channel channel, HttpRequest request, List<Integer> ports, PodSockets sockets) {
    var upgrade = new HttpUpgrade(channel, request, limits);
    var loop = channel.eventLoop();
    if (upgrade.asksForWebSocket()) {
      var offered = upgrade.subprotocols();
      var chosen =
          offered.stream()
              .filter(name -> name.equals(TUNNEL) || CHANNELS.contains(name))
              .findFirst();
      if (chosen.isPresent() && chosen.get().equals(TUNNEL)) {
        upgrade.toSpdyInWebSocket(TUNNEL, new SpdyPortForward(loop, sockets, limits).connection());
      } else if (ports.isEmpty() || chosen.isEmpty() && !offered.isEmpty()) {
        upgrade.refuseVersions(offered, List.of(TUNNEL, CHANNELS.get(0), ENDING, BASE64));
      } else if (ports.size() > WebSocketPortForward.MOST_PORTS) {
        upgrade.refuse(
            "unable to upgrade: a WebSocket has channels for "
                + WebSocketPortForward.MOST_PORTS
                + " ports, not for "
                + ports.size());
      } else {
        boolean base64 = chosen.isPresent() && chosen.get().equals(BASE64);
        boolean ends = chosen.isPresent() && chosen.get().equals(ENDING);
        var forward = new WebSocketPortForward(loop, ports, sockets, base64, ends);
        upgrade.toWebSocket(chosen.orElse(""), forward::start, forward.channels());
      }
    } else if (upgrade.asksForSpdy()) {
      var offered = upgrade.spdyVersions();
      if (!offered.isEmpty() && !offered.contains(PORT_FORWARD)) {
        upgrade.refuseVersions(offered, List.of(PORT_FORWARD));
        return;
      }
      upgrade.toSpdy(PORT_FORWARD, new SpdyPortForward(loop, sockets, limits).connection());
    } else {
      upgrade.refuseNoUpgrade();
    }
  }
}
