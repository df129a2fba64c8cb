package io.sandjar.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Debian package, unpacked but not installed: that is for a machine of its own. */
class PackageIT {
  @TempDir private Path folder;

  @Test
  void thePackageHoldsAllThatRunsFromWhereverItIsUnpacked() throws Exception {
    String deb = run("scripts/package " + folder).strip();
    assertTrue(deb.matches(".*/sandjar_[0-9][^_]*_all\\.deb"), deb);
    run("dpkg-deb -x " + deb + " " + folder.resolve("root"));
    Path root = folder.resolve("root");
    String completion = Files.readString(root.resolve("usr/share/zsh/vendor-completions/_sandjar"));
    assertTrue(completion.startsWith("#compdef sandjar\n"), completion);
    for (String file :
        new String[] {
          "lib/systemd/system/sandjar.service",
          "etc/sandjar/config.yaml",
          "usr/share/sandjar/crictl.yaml",
          "usr/share/bash-completion/completions/sandjar",
          "usr/share/zsh/vendor-completions/_sandjar",
          "usr/share/doc/sandjar/README.md",
          "usr/lib/sandjar/runtime/sandjar-runtime.jar"
        }) {
      assertTrue(Files.size(root.resolve(file)) > 0, file);
    }
    for (String jar : run("ls " + root.resolve("usr/lib/sandjar/cli/lib")).split("\n")) {
      // Each jar of the command's is felt at each start: none of the daemon's is among them.
      assertTrue(jar.matches("(jackson-|picocli-|snakeyaml-engine-).*"), jar);
    }
    String version = run(root.resolve("usr/bin/sandjar") + " version --client");
    assertTrue(version.matches("Client Version: [0-9]+\\.[0-9]+.*\n"), version);
    assertTrue(
        run(root.resolve("usr/bin/sandjar") + " daemon --help").contains("Usage: sandjar daemon"));

    String about = run("dpkg-deb --field " + deb);
    assertTrue(about.contains("Package: sandjar\n"), about);
    assertTrue(about.contains("Depends: openjdk-17-jre-headless | "), about);
    run("cd " + root + " && dpkg-deb --control " + deb + " DEBIAN && md5sum -c DEBIAN/md5sums");
    for (String script : new String[] {"postinst", "prerm", "postrm"}) {
      run("sh -n " + root.resolve("DEBIAN").resolve(script));
    }
  }

  /** Built again from the same sources a jar is the same: scripts/reproducible does that. */
  @Test
  void theJarsHoldNothingOfWhenOrWhereTheyWereBuilt() throws Exception {
    String pom = Files.readString(Lab.checkout().resolve("pom.xml"));
    String time = pom.replaceFirst("(?s).*<project.build.outputTimestamp>(.*?)Z?</.*", "$1");
    for (String module : new String[] {"cli", "runtime"}) {
      Path jar = Lab.checkout().resolve(module + "/target/sandjar-" + module + ".jar");
      try (var files = new ZipFile(jar.toFile())) {
        for (ZipEntry entry : files.stream().toList()) {
          assertEquals(LocalDateTime.parse(time), entry.getTimeLocal(), jar + " " + entry);
        }
        var manifest = files.getInputStream(files.getEntry("META-INF/MANIFEST.MF")).readAllBytes();
        String about = new String(manifest, StandardCharsets.UTF_8);
        assertFalse(about.contains("Built-By"), about);
        assertFalse(about.contains(System.getProperty("java.version")), about);
      }
    }
  }

  @Test
  void whatIsAskedForWronglyIsRefusedBeforeAnythingIsTouched() throws Exception {
    assertTrue(run("! scripts/install --nonsense 2>&1").contains("usage: scripts/install"));
    assertTrue(run("! scripts/setup 2>&1").contains("usage: setup configure|remove|folders"));
    assertTrue(run("! scripts/lab vm nonsense 2>&1").contains("usage: scripts/lab vm COMMAND"));
    run(
        "for each in scripts/vm-*-test scripts/nightly scripts/reproducible scripts/vagrant/provision; do sh -n $each; done");
  }

  /** Figures of a daemon that loads its classes one by one would be nobody's. */
  @Test
  void aBenchmarkOfABuildWithoutItsClassArchiveMakesItFirst() throws Exception {
    String said =
        run(
            """
            home=FOLDER/checkout
            client=$home/runtime/src/test/java/io/sandjar/runtime/cri/CriClient.java
            mkdir -p $home/scripts/bench.d $home/runtime/target ${client%/*}
            cp scripts/bench scripts/lib.sh $home/scripts/
            cp cli/target/sandjar-cli.jar $home/runtime/target/sandjar-runtime.jar
            touch $home/scripts/debian-packages
            echo 'class CriClient {}' > $client
            cat > $home/scripts/bench.d/Hello.java << 'JAVA'
            package bench;
            class Hello {
              public static void main(String[] arguments) {
                System.out.println("measured");
              }
            }
            JAVA
            cat > $home/scripts/archive-classes << 'SCRIPT'
            #!/bin/sh
            here=FOLDER/checkout
            . $here/scripts/lib.sh
            find_java_home
            find_java_version
            find_part runtime
            mkdir -p "${archive%/*}"
            touch -r "$jar" -d '1 hour' "$archive"
            echo archived
            SCRIPT
            chmod +x $home/scripts/archive-classes
            $home/scripts/bench hello 2>&1
            $home/scripts/bench hello 2>&1
            touch -d '2 days' $home/runtime/target/sandjar-runtime.jar
            $home/scripts/bench hello 2>&1
            """
                .replace("FOLDER", folder.toString()));
    String note = "bench: this build has no class archive for Java \\S+, which .*\n";
    String first = note + "archived\nmeasured\n";
    assertTrue(said.matches(first + "measured\n" + first), said);
  }

  /** A folder on the path may have the name of a program, and a checkout a space in its own. */
  @Test
  void theCommandStartsFromAnywhereWithTheJavaOnThePath() throws Exception {
    String version =
        run(
            """
            home="FOLDER/a b"
            mkdir -p "$home/cli/cds" FOLDER/bin/java
            cp -r scripts "$home/"
            cp -r cli/target/sandjar-cli.jar cli/target/lib "$home/cli/"
            (here=$home; . scripts/lib.sh; find_java_home; find_java_version; touch "$home/cli/cds/$java_version.jsa")
            unset JAVA_HOME
            PATH="FOLDER/bin:$PATH" "$home/scripts/sandjar" version --client
            """
                .replace("FOLDER", folder.toString()));
    assertTrue(version.matches("Client Version: [0-9]+\\.[0-9]+.*\n"), version);
  }

  /** In a mount namespace, whose /etc, /run and /var/lib are its own. */
  @Test
  void aPurgeTakesTheFoldersThatTheConfigNamedUnlessTheyHoldMore() throws Exception {
    String said =
        run(
            """
            unshare --mount bash -eu -c '
            for each in /etc /run /var/lib /usr/lib/sandjar; do
              [ ! -d $each ] || mount -t tmpfs none $each
            done
            mkdir -p FOLDER/root/image/blobs FOLDER/root/objects FOLDER/state/sandboxes
            touch FOLDER/root/daemon.lock FOLDER/state/precious
            mkdir -p /etc/sandjar/manifests /var/lib/sandjar
            echo "root: \"FOLDER/root\"  # on another disk" > /etc/sandjar/config.yaml
            echo "state: FOLDER/state" >> /etc/sandjar/config.yaml
            scripts/setup folders > /etc/sandjar/folders
            rm /etc/sandjar/config.yaml
            scripts/debian/postrm purge
            ls -A /etc /run /var/lib | grep sandjar || true
            ' 2>&1
            ls -A FOLDER
            """
                .replace("FOLDER", folder.toString()));
    assertEquals(
        "sandjar: %s/state stays, since precious in it is not Sandjar's\nstate\n".formatted(folder),
        said);
  }

  private static String run(String script) throws Exception {
    Process process =
        new ProcessBuilder("bash", "-euc", script)
            .directory(Lab.checkout().toFile())
            .redirectErrorStream(true)
            .start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), () -> script + ": " + said);
    return said;
  }
}
