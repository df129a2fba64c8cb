package io.sandjar.netbridge;

import java.net.Inet4Address;
import java.net.InetAddress;

/** IPv4 or IPv6. */
public enum IpFamily {
  IPV4(2, 4),
  IPV6(10, 16);

  private final int number;
  private final int bytes;

  IpFamily(int number, int bytes) {
    this.number = number;
    this.bytes = bytes;
  }

  public static IpFamily of(InetAddress address) {
    return address instanceof Inet4Address ? IPV4 : IPV6;
  }

  /** AF_INET or AF_INET6. */
  public int number() {
    return number;
  }

  /** Length of an address. */
  public int bytes() {
    return bytes;
  }

  public int bits() {
    return bytes * 8;
  }
}
