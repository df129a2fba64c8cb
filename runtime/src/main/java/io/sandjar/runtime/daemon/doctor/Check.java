package io.sandjar.runtime.daemon.doctor;

import java.io.IOException;
import java.util.List;

/** Looks at one side of the machine; it changes nothing. */
@FunctionalInterface
interface Check {
  List<Finding> findings() throws IOException;
}
