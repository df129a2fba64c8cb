package io.sandjar.runtime.sandbox;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The pod's name servers, search domains and resolver options, in resolv.conf's words. */
public record DnsConfig(List<String> servers, List<String> searches, List<String> options) {

  public DnsConfig {
    servers = List.copyOf(servers);
    searches = List.copyOf(searches);
    options = List.copyOf(options);
  }

  /** This one with more of its own: nothing twice, and of an option the other's value. */
  public DnsConfig with(DnsConfig more) {
    Map<String, String> byName = new LinkedHashMap<>();
    Stream.concat(options.stream(), more.options.stream())
        .forEach(option -> byName.put(option.split(":")[0], option));
    return new DnsConfig(
        joined(servers, more.servers),
        joined(searches, more.searches),
        List.copyOf(byName.values()));
  }

  private static List<String> joined(List<String> a, List<String> b) {
    return Stream.concat(a.stream(), b.stream()).distinct().toList();
  }
}
