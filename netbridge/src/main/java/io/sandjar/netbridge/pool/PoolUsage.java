package io.sandjar.netbridge.pool;

import io.sandjar.netbridge.Cidr;

/**
 * How full a pod network is.
 *
 * @param capacity how many addresses there are for pods
 * @param quarantined how many wait for the link that used them to vanish
 */
public record PoolUsage(Cidr network, long capacity, int leased, int quarantined) {}
