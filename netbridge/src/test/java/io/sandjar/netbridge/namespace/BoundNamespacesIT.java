package io.sandjar.netbridge.namespace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.sandjar.netbridge.sys.Fd;
import io.sandjar.netbridge.sys.Libc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BoundNamespacesIT {
  private static final int AF_UNIX = 1;
  private static final int SOCK_STREAM = 1;

  @TempDir Path folder;

  @Test
  void networksWithNamesAlikeKnowTheirOwn() throws IOException {
    BoundNamespaces one = BoundNamespaces.of(folder, "cbr0");
    BoundNamespaces other = BoundNamespaces.of(folder, "cbr0-b");
    try (NetworkNamespace namespace = NetworkNamespace.create()) {
      one.bind("a-b", namespace);
      other.bind("c", namespace);
      assertEquals(List.of("a-b"), one.owners());
      assertEquals(List.of("c"), other.owners());
    } finally {
      one.unbind("a-b");
      other.unbind("c");
    }
    assertEquals(List.of(), one.owners());
  }

  @Test
  void aBindingThatFailsLeavesNoFile() throws IOException {
    // The kernel binds no socket to a path.
    Fd socket = new Fd(Libc.get().socket(AF_UNIX, SOCK_STREAM, 0));
    BoundNamespaces namespaces = BoundNamespaces.of(folder, "cbr0");
    try (NetworkNamespace wrong = NetworkNamespace.of(socket)) {
      assertThrows(IOException.class, () -> namespaces.bind("broken", wrong));
    }
    assertFalse(Files.exists(namespaces.pathOf("broken")));
  }
}
