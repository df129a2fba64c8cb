package io.sandjar.runtime.cri;

import io.sandjar.cri.v1.MetricType;
import io.sandjar.runtime.container.InterfaceCounters;
import io.sandjar.runtime.cri.MetricFamily.Sample;
import java.util.List;
import java.util.function.ToLongFunction;

/** What a pod's interfaces have carried, by the names that cAdvisor gives it. */
final class NetworkMetrics {
  static final List<MetricFamily<List<InterfaceCounters>>> FAMILIES =
      List.of(
          family("receive_bytes_total", "bytes received", InterfaceCounters::rxBytes),
          family("receive_packets_total", "packets received", InterfaceCounters::rxPackets),
          family("receive_errors_total", "errors while receiving", InterfaceCounters::rxErrors),
          family(
              "receive_packets_dropped_total",
              "packets dropped while receiving",
              InterfaceCounters::rxDropped),
          family("transmit_bytes_total", "bytes transmitted", InterfaceCounters::txBytes),
          family("transmit_packets_total", "packets transmitted", InterfaceCounters::txPackets),
          family("transmit_errors_total", "errors while transmitting", InterfaceCounters::txErrors),
          family(
              "transmit_packets_dropped_total",
              "packets dropped while transmitting",
              InterfaceCounters::txDropped));

  private NetworkMetrics() {}

  private static MetricFamily<List<InterfaceCounters>> family(
      String name, String what, ToLongFunction<InterfaceCounters> value) {
    return new MetricFamily<>(
        "container_network_" + name,
        "Cumulative count of " + what + ".",
        MetricType.COUNTER,
        List.of("interface"),
        interfaces ->
            interfaces.stream()
                .map(each -> Sample.of(value.applyAsLong(each), each.name()))
                .toList());
  }
}
