package io.sandjar.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.netbridge.sys.Errno;
import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.runtime.EngineException.Kind;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.FileSystemException;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

class EngineExceptionTest {
  private static final int EDQUOT = Errno.EDQUOT.number();

  @Test
  void aFullDiskIsFoundHoweverDeepItLies() {
    for (IOException full :
        List.of(
            new FileSystemException("/x", null, "No space left on device"),
            new IOException("Disk quota exceeded"),
            new SyscallException("write /x", Errno.ENOSPC.number()),
            new SyscallException("write /x", EDQUOT))) {
      assertEquals(Kind.RESOURCE_EXHAUSTED, EngineException.kindOf(full), full::toString);
      assertEquals(Kind.RESOURCE_EXHAUSTED, EngineException.kindOf(new UncheckedIOException(full)));
      assertEquals(
          Kind.RESOURCE_EXHAUSTED,
          EngineException.kindOf(
              new EngineException(
                  Kind.INTERNAL, "it could not be started", new CompletionException(full))));
    }
  }

  /** Namespaces, mounts, keys, terminals and cgroups have limits of their own. */
  @Test
  void noRoomWhereThereIsNoDiskIsNoFullDiskAndSaysWhatItIs() {
    for (int errno : new int[] {Errno.ENOSPC.number(), EDQUOT}) {
      var refused = new SyscallException("mount a tmpfs", errno, "fs.mount-max");
      assertEquals(Kind.INTERNAL, EngineException.kindOf(refused));
      assertTrue(
          refused.getMessage().endsWith(" (fs.mount-max allows no more)"), refused::toString);
    }
    var refused = new SyscallException("mount a tmpfs", Errno.EPERM.number(), "fs.mount-max");
    assertEquals("mount a tmpfs: EPERM (Operation not permitted)", refused.getMessage());
  }

  @Test
  void whatIsToldOtherwiseStaysSo() {
    var full = new IOException("No space left on device");
    assertEquals(
        Kind.NOT_FOUND, EngineException.kindOf(new EngineException(Kind.NOT_FOUND, "no", full)));
    assertEquals(
        Kind.INTERNAL, EngineException.kindOf(new EngineException(Kind.INTERNAL, full.toString())));
    assertEquals(Kind.INTERNAL, EngineException.kindOf(new IOException("Input/output error")));
    assertEquals(Kind.INVALID_ARGUMENT, EngineException.kindOf(new IllegalArgumentException("x")));
    assertEquals(Kind.DEADLINE_EXCEEDED, EngineException.kindOf(new TimeoutException("x")));
  }

  @Test
  void whatWasInterruptedIsCancelledAndCanBeAskedAgain() {
    for (Exception interrupted :
        List.of(
            new InterruptedException(),
            new ClosedByInterruptException(),
            new InterruptedIOException("interrupted while reading"))) {
      assertEquals(Kind.CANCELLED, EngineException.kindOf(interrupted));
      String message = EngineException.messageOf(interrupted);
      assertTrue(message.endsWith("ask again"), message);
    }
    var late = new SocketTimeoutException("read timed out");
    assertEquals(Kind.INTERNAL, EngineException.kindOf(late));
    assertEquals("read timed out", EngineException.messageOf(late));
  }
}
