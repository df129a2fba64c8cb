package io.sandjar.runtime.image.layer;

import static org.junit.jupiter.api.Assertions.fail;

import io.sandjar.runtime.image.fixture.TarBuilder;
import io.sandjar.runtime.image.manifest.ConfigDocument;
import io.sandjar.runtime.image.manifest.DocumentReader;
import io.sandjar.runtime.image.reference.Digest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Random damage to archives and documents ends in a refusal, never in anything else. */
class ReadersFuzzTest {
  private static final long SEED = Long.getLong("sandjar.fuzz.seed", 1);
  private static final int ROUNDS = Integer.getInteger("sandjar.fuzz.rounds", 20_000);

  /** Reads what was damaged; an IOException is a refusal. */
  private interface Reading {
    void of(byte[] damaged) throws IOException;
  }

  private static void damage(byte[] whole, Reading reading) {
    var random = new Random(SEED);
    for (int round = 0; round < ROUNDS; round++) {
      byte[] damaged = Arrays.copyOf(whole, whole.length);
      for (int i = random.nextInt(8); i >= 0; i--) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
      }
      if (random.nextInt(4) == 0) {
        damaged = Arrays.copyOf(damaged, random.nextInt(damaged.length));
      }
      try {
        reading.of(damaged);
      } catch (IOException e) {
        // Refused, as it should be.
      } catch (RuntimeException | Error e) {
        fail("seed " + SEED + ", round " + round + ": " + HexFormat.of().formatHex(damaged), e);
      }
    }
  }

  /** With its checksums set right again, or every round would end at the first of them. */
  private static byte[] mended(byte[] tar) {
    for (int at = 0; at + 512 <= tar.length; at += 512) {
      if (tar[at + 257] != 'u') {
        continue;
      }
      Arrays.fill(tar, at + 148, at + 156, (byte) ' ');
      int sum = 0;
      for (int i = at; i < at + 512; i++) {
        sum += tar[i] & 0xff;
      }
      byte[] digits = String.format("%06o", sum).getBytes(StandardCharsets.US_ASCII);
      System.arraycopy(digits, 0, tar, at + 148, 6);
    }
    return tar;
  }

  @Test
  void tarArchives() {
    byte[] sparseMap = "1\n0\n5\n".getBytes(StandardCharsets.US_ASCII);
    byte[] content = Arrays.copyOf(sparseMap, 517);
    byte[] tar =
        new TarBuilder()
            .folder("d/")
            .pax("mtime", "1.5")
            .pax("SCHILY.xattr.user.a", "b")
            .file("d/f", "content")
            .pax("GNU.sparse.major", "1")
            .pax("GNU.sparse.minor", "0")
            .pax("GNU.sparse.name", "sparse")
            .pax("GNU.sparse.realsize", "4096")
            .entry('0', "s", "", 517, 0, 0)
            .data(content)
            .entry('L', "././@LongLink", "", 20, 0, 0)
            .data("a/long/name/with/end".getBytes(StandardCharsets.US_ASCII))
            .hardLink("x", "d/f")
            .entry('S', "old", "", 0, 0, 0)
            .characterDevice("null", 1, 3)
            .build();
    damage(
        tar,
        damaged -> {
          var reader = new TarReader(new ByteArrayInputStream(mended(damaged)));
          byte[] buffer = new byte[1000];
          for (TarEntry entry = reader.next(); entry != null; entry = reader.next()) {
            while (reader.read(buffer, 0, buffer.length) >= 0) {
              // Only that it ends.
            }
          }
        });
  }

  @Test
  void manifestsAndConfigurations() {
    String digest = Digest.sha256(new byte[0]).toString();
    String manifest =
        """
        {"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",
        "config":{"mediaType":"c","digest":"%s","size":7},
        "layers":[{"mediaType":"l","digest":"%s","size":9,"annotations":{"a":"b"}}]}
        """
            .formatted(digest, digest);
    damage(manifest.getBytes(StandardCharsets.UTF_8), damaged -> DocumentReader.read(damaged, ""));
    String config =
        """
        {"os":"linux","architecture":"amd64","created":"2020-01-01T00:00:00Z",
        "config":{"Cmd":["a"],"Env":["A=b"],"Volumes":{"/v":{}},"Labels":{"a":"b"}},
        "rootfs":{"type":"layers","diff_ids":["%s"]}}
        """
            .formatted(digest);
    damage(config.getBytes(StandardCharsets.UTF_8), ConfigDocument::read);
  }
}
