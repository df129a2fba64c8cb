package io.sandjar.runtime.sandbox;

import java.util.List;

/** The pod's name servers, search domains and resolver options, in resolv.conf's words. */
public record DnsConfig(List<String> servers, List<String> searches, List<String> options) {

  public DnsConfig {
    servers = List.copyOf(servers);
    searches = List.copyOf(searches);
    options = List.copyOf(options);
  }
}
