package io.sandjar.runtime.cri;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Tests that share a node: it is there for the class, and no pod outlives its test. */
abstract class OnNode {
  @TempDir static Path folder;
  static CriNode node;

  @BeforeAll
  static void startNode() throws IOException {
    node = CriNode.start(folder);
  }

  @AfterAll
  static void stopNode() throws IOException {
    if (node != null) {
      node.close();
    }
  }

  @AfterEach
  void removePods() {
    node.removeAllPods();
  }

  static void refused(Status.Code expected, Executable call) {
    StatusRuntimeException refused = assertThrows(StatusRuntimeException.class, call);
    assertEquals(expected, refused.getStatus().getCode(), refused.getMessage());
  }
}
