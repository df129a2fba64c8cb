package io.sandjar.runtime.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.sandjar.runtime.image.fixture.Commands;
import io.sandjar.runtime.image.fixture.DebianImage;
import io.sandjar.runtime.image.fixture.LocalRegistry;
import io.sandjar.runtime.image.fixture.TestStore;
import io.sandjar.runtime.image.fixture.TreeListing;
import io.sandjar.runtime.image.fixture.WorkFolder;
import io.sandjar.runtime.image.snapshot.Snapshot;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A real Debian image, unpacked by us, is the tree that umoci unpacks. */
@Tag("internet")
class TreeCompareIT {
  private final WorkFolder temp = new WorkFolder();

  @AfterEach
  void clean() {
    temp.close();
  }

  @Test
  void aRealDebianImageUnpacksToTheTreeThatUmociMakes() throws Exception {
    Commands.requireRoot();
    Path layout = DebianImage.make(temp.resolve("image"));
    try (var registry = LocalRegistry.open(temp.resolve("registry"));
        var store = new TestStore(temp.resolve("store"))) {
      String name = registry.push("oci:" + layout + ":" + DebianImage.TAG, "library/debian:real");
      Image image = store.pull(name);
      Snapshot snapshot = store.images().snapshots().prepare("compared", image);
      Path merged = Files.createDirectory(temp.resolve("merged"));
      String lower = snapshot.lower().stream().map(Path::toString).collect(Collectors.joining(":"));
      Commands.run(
          "mount",
          "-t",
          "overlay",
          "overlay",
          "-o",
          "lowerdir=%s,upperdir=%s,workdir=%s"
              .formatted(
                  lower,
                  snapshot.writable().orElseThrow().upper(),
                  snapshot.writable().orElseThrow().work()),
          merged.toString());
      Map<String, String> ours;
      try {
        ours = TreeListing.of(merged);
      } finally {
        Commands.run("umount", merged.toString());
      }
      Path bundle = temp.resolve("umoci");
      Commands.run("umoci", "unpack", "--image", layout + ":" + DebianImage.TAG, bundle.toString());
      Map<String, String> theirs = TreeListing.of(bundle.resolve("rootfs"));
      var differences = new ArrayList<String>();
      theirs.forEach(
          (path, line) -> {
            if (!line.equals(ours.get(path))) {
              differences.add(path + ": umoci " + line + ", ours " + ours.get(path));
            }
          });
      ours.keySet().stream()
          .filter(path -> !theirs.containsKey(path))
          .forEach(path -> differences.add(path + ": only ours"));
      assertEquals("", differences.stream().limit(20).collect(Collectors.joining("\n")));
      assertTrue(ours.size() > 3000, "a real userland has thousands of files: " + ours.size());
      for (String kind :
          List.of(
              " same as ",
              " security.capability=",
              " user.test=76616c7565",
              " -> ",
              "^10[0-7]*4755 ",
              "^42751 12:34 ")) {
        Pattern looked = Pattern.compile(kind);
        assertTrue(
            ours.values().stream().anyMatch(line -> looked.matcher(line).find()),
            "the image has nothing of the kind \"" + kind + '"');
      }
      store.images().snapshots().remove("compared");
    }
  }
}
