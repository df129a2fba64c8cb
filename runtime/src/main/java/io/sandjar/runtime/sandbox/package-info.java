/** Pod sandboxes: the namespaces, network, files and cgroup that a pod's containers share. */
package io.sandjar.runtime.sandbox;
