/** Seccomp: profiles in the OCI format, compiled to the kernel's classic BPF. */
package io.sandjar.runtime.linux.seccomp;
