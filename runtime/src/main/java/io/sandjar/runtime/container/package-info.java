/** Containers of a pod: from the image's rootfs and the launch program to the exit code. */
package io.sandjar.runtime.container;
