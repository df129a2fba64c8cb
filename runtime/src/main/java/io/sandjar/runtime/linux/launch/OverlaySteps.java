package io.sandjar.runtime.linux.launch;

import static io.sandjar.runtime.linux.launch.Arg.num;
import static io.sandjar.runtime.linux.launch.Arg.text;

import io.sandjar.netbridge.sys.Errno;
import io.sandjar.netbridge.sys.KernelVersion;
import io.sandjar.runtime.linux.OpenFiles;
import io.sandjar.runtime.linux.launch.MountCalls.Option;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Steps that lay image layers over each other, mounted nowhere yet.
 *
 * <p>A writable layer is mounted once, for one container's life: no other mount and no later boot
 * sees it. So nothing of it needs to be on the disk at any moment, and the overlay is volatile:
 * fsync(2) in it costs nothing, and its unmounting does not wait for all of the disk's dirty pages.
 * It fails from then on, though, when the disk could not take some write, and while nobody was told
 * of such a failure, the kernel refuses a volatile mount with EIO: then it is an ordinary one.
 */
final class OverlaySteps {

  /** The kernel's strndup_user(value, 256), the final zero included. */
  private static final int LONGEST_OPTION = 255;

  /** Options of mount(2) fill a page at most. */
  private static final int LONGEST_MOUNT_DATA = 4095;

  private static final String VOLATILE = ",volatile";

  /** The first with {@code lowerdir+}, which takes one layer at a time. */
  private static final KernelVersion LAYER_BY_LAYER = new KernelVersion(6, 7);

  /** The first that takes idmapped mounts as layers. */
  private static final KernelVersion IDMAPPED_LAYERS = new KernelVersion(5, 19);

  private final ProgramBuilder program;
  private final MountCalls mounts;
  private final KernelVersion kernel;

  OverlaySteps(ProgramBuilder program, KernelVersion kernel) {
    this.program = program;
    this.mounts = new MountCalls(program);
    this.kernel = kernel;
  }

  /** The writable part of an overlay. */
  record Writable(Path upper, Path work) {}

  void create(
      String step,
      List<Path> lower,
      Optional<Writable> writable,
      Optional<UserNamespace> user,
      Data into) {
    user.ifPresent(namespace -> idmap(step, lower, writable, namespace));
    if (lower.size() == 1 && writable.isEmpty()) {
      mounts.copyTree(step, lower.get(0), false, into);
      return;
    }
    String joined = join(lower);
    if (joined.length() > LONGEST_OPTION && kernel.compareTo(LAYER_BY_LAYER) < 0) {
      mountShort(step, lower, writable, into);
      return;
    }
    List<Option> options = new ArrayList<>();
    if (joined.length() <= LONGEST_OPTION) {
      options.add(new Option("lowerdir", joined));
    } else {
      lower.forEach(layer -> options.add(new Option("lowerdir+", layer.toString())));
    }
    writable.ifPresent(
        paths -> {
          options.add(new Option("upperdir", paths.upper().toString()));
          options.add(new Option("workdir", paths.work().toString()));
        });
    if (writable.isEmpty()) {
      mounts.create(step, "overlay", options, 0, into);
      return;
    }
    Label refused = program.label("volatile overlays are refused");
    Label done = program.label("the layers are over each other");
    List<Option> volatileToo = new ArrayList<>(options);
    volatileToo.add(Option.flag("volatile"));
    mounts.create(step, "overlay", volatileToo, 0, into).onErrno(Errno.EIO.number(), refused);
    program.jump(done);
    program.place(refused);
    mounts.create(step, "overlay", options, 0, into);
    program.place(done);
  }

  /**
   * Covers each layer with an idmapped mount of itself, in this mount namespace only; overlayfs
   * then finds that. What is written goes to the host's ids directly.
   */
  private void idmap(
      String step, List<Path> lower, Optional<Writable> writable, UserNamespace user) {
    if (kernel.compareTo(IDMAPPED_LAYERS) < 0) {
      throw new UnsupportedOperationException(
          "pods with a user namespace need Linux "
              + IDMAPPED_LAYERS
              + " for idmapped image layers; this is "
              + kernel);
    }
    for (Path layer : lower) {
      Data mapped = Data.slot("idmapped layer");
      mounts.copyTree("idmap the layer " + layer, layer, false, mapped);
      mounts.idmap("idmap the layer " + layer, mapped, user);
      mounts.attachAt("idmap the layer " + layer, mapped, layer.toString());
    }
    writable.ifPresent(
        paths ->
            program.call(
                step + ": give its root to the pod's root",
                Syscall.FCHOWNAT,
                num(MountFlags.AT_FDCWD),
                text(paths.upper().toString()),
                num(user.rootUid()),
                num(user.rootGid()),
                num(MountFlags.AT_SYMLINK_NOFOLLOW)));
  }

  /**
   * For many layers on an older kernel: mount(2) with paths relative to where they all are, over
   * the writable folder itself, which nobody else sees.
   */
  private void mountShort(String step, List<Path> lower, Optional<Writable> writable, Data into) {
    Path common = common(lower);
    String data = "lowerdir=" + join(lower.stream().map(common::relativize).toList());
    if (writable.isPresent()) {
      data += ",upperdir=" + writable.get().upper() + ",workdir=" + writable.get().work();
    }
    if (data.length() + VOLATILE.length() > LONGEST_MOUNT_DATA) {
      throw new UnsupportedOperationException(
          "an image of %d layers is too much for this kernel, %s: Linux %s has no such limit"
              .formatted(lower.size(), kernel, LAYER_BY_LAYER));
    }
    String target = writable.map(Writable::upper).orElse(lower.get(0)).toString();
    program.call(step + ": go to the layers", Syscall.CHDIR, text(common.toString()));
    Label refused = program.label("volatile overlays are refused");
    Label done = program.label("the layers are over each other");
    if (writable.isPresent()) {
      mountAt(step, target, data + VOLATILE).onErrno(Errno.EIO.number(), refused);
      program.jump(done);
    }
    program.place(refused);
    mountAt(step, target, data);
    program.place(done);
    program.call(step + ": leave the layers", Syscall.CHDIR, text("/"));
    Data mounted = Data.slot("mounted overlay");
    program
        .call(
            step,
            Syscall.OPENAT,
            num(MountFlags.AT_FDCWD),
            text(target),
            num(OpenFiles.O_PATH | OpenFiles.O_CLOEXEC | OpenFiles.O_DIRECTORY),
            num(0))
        .into(mounted);
    mounts.copyTreeAt(step, mounted, "", false, into);
  }

  private Instruction mountAt(String step, String target, String data) {
    return program.call(
        step, Syscall.MOUNT, text("overlay"), text(target), text("overlay"), num(0), text(data));
  }

  private static Path common(List<Path> paths) {
    Path common = paths.get(0).getParent();
    for (Path path : paths) {
      while (!path.startsWith(common)) {
        common = common.getParent();
      }
    }
    return common;
  }

  private static String join(List<Path> lower) {
    return lower.stream().map(OverlaySteps::escaped).collect(Collectors.joining(":"));
  }

  /** A colon separates layers, and a comma options. */
  private static String escaped(Path layer) {
    String text = layer.toString();
    if (text.indexOf(':') >= 0 || text.indexOf(',') >= 0 || text.indexOf('\\') >= 0) {
      throw new IllegalArgumentException(
          "an image layer's path must have no colon, comma or backslash: " + text);
    }
    return text;
  }
}
