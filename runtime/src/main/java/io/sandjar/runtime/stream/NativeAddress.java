package io.sandjar.runtime.stream;

import io.netty.buffer.ByteBuf;
import io.sandjar.netbridge.sys.Libc;
import jnr.ffi.Pointer;

/** Where a direct buffer's bytes lie, for a syscall made while the buffer is held. */
final class NativeAddress {

  private NativeAddress() {}

  static long of(ByteBuf buffer, int index, int length) {
    if (buffer.hasMemoryAddress()) {
      return buffer.memoryAddress() + index;
    }
    return Pointer.wrap(Libc.runtime(), buffer.internalNioBuffer(index, length).slice()).address();
  }
}
