package io.sandjar.runtime.linux.cgroup;

/**
 * Turns v1's CPU shares into v2's weight.
 *
 * <p>The curve is the one that runc (since 1.3.2) and crun (since 1.23) use: {@code
 * 10^((log2(shares)^2 + 125 log2(shares)) / 612 - 7/34)}, rounded up. It maps both ranges onto each
 * other (2 to 1, 262144 to 10000) and, unlike the straight line used before, the kernel's own
 * defaults too (1024 to 100), so a container that asks for one CPU weighs as much as a process
 * outside.
 */
final class CpuWeight {
  static final long MIN_SHARES = 2;
  static final long MAX_SHARES = 262_144;
  private static final long MAX_WEIGHT = 10_000;

  private CpuWeight() {}

  static long ofShares(long shares) {
    if (shares <= MIN_SHARES) {
      return 1;
    }
    if (shares >= MAX_SHARES) {
      return MAX_WEIGHT;
    }
    double log = Math.log(shares) / Math.log(2);
    double exponent = (log * log + 125 * log) / 612.0 - 7.0 / 34.0;
    // A hair below the next integer is an integer that floating point missed.
    return (long) Math.ceil(Math.pow(10, exponent) - 1e-9);
  }
}
