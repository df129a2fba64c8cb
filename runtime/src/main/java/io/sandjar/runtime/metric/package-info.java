/** What the daemon counts and times of its own work, for Prometheus. */
package io.sandjar.runtime.metric;
