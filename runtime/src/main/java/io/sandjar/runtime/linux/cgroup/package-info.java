/** Control groups: limits, accounting, freezing and killing, on cgroup v2, v1 and both at once. */
package io.sandjar.runtime.linux.cgroup;
