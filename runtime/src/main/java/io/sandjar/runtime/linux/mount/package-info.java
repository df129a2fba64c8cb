/** What a container sees of the file system: its root, and what is mounted where in it. */
package io.sandjar.runtime.linux.mount;
