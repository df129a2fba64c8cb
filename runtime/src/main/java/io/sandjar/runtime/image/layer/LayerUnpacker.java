package io.sandjar.runtime.image.layer;

import io.sandjar.netbridge.sys.Errno;
import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.runtime.image.Usage;
import io.sandjar.runtime.image.layer.LayerTree.Place;
import io.sandjar.runtime.image.layer.TarEntry.Segment;
import io.sandjar.runtime.image.layer.TarEntry.Type;
import io.sandjar.runtime.linux.file.FileStatus;
import io.sandjar.runtime.linux.file.Folder;
import io.sandjar.runtime.linux.file.NewFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/** Unpacks one layer's tar archive into a folder, in the form that overlayfs takes as a layer. */
final class LayerUnpacker {
  private static final String WHITEOUT = ".wh.";
  private static final String OPAQUE = ".wh..wh..opq";

  /** Other marks of AUFS, such as its folder of hard link sources. */
  private static final String AUFS = ".wh..wh.";

  private static final int FS_BLOCK = 4096;

  private final LayerTree tree;
  private final Growth growth;
  private final byte[] buffer = new byte[1 << 18];
  private final ByteBuffer direct = ByteBuffer.allocateDirect(buffer.length);

  private LayerUnpacker(LayerTree tree, Growth growth) {
    this.tree = tree;
    this.growth = growth;
  }

  /**
   * Reads {@code archive} to the end of its entries.
   *
   * @return what the layer occupies
   */
  static Usage unpack(InputStream archive, Folder into, LowerLayers lower, Growth growth)
      throws IOException {
    try (var tree = new LayerTree(into, lower, growth)) {
      var unpacker = new LayerUnpacker(tree, growth);
      var tar = new TarReader(archive);
      for (TarEntry entry = tar.next(); entry != null; entry = tar.next()) {
        growth.entry();
        unpacker.unpack(entry, tar);
      }
      tree.finish();
      return growth.usage().plus(new Usage(0, 1));
    }
  }

  private void unpack(TarEntry entry, TarReader tar) throws IOException {
    String[] components = LayerTree.clean(entry.name());
    if (components.length == 0) {
      applyToRoot(entry);
      return;
    }
    String name = components[components.length - 1];
    if (name.startsWith(WHITEOUT)) {
      whiteOut(entry, components, name);
      return;
    }
    for (String component : components) {
      // A folder with such a name could not be told from a mark.
      if (component.startsWith(AUFS)) {
        return;
      }
    }
    Place place = tree.place(entry.name());
    try {
      make(entry, place, tar);
    } catch (SyscallException e) {
      if (e.is(Errno.EPERM) && isDevice(entry)) {
        // Without CAP_MKNOD in the first user namespace nobody could open it either.
        return;
      }
      throw e;
    }
  }

  private static boolean isDevice(TarEntry entry) {
    return entry.type() == Type.CHARACTER_DEVICE || entry.type() == Type.BLOCK_DEVICE;
  }

  private void applyToRoot(TarEntry entry) throws IOException {
    if (entry.type() != Type.FOLDER) {
      throw new TarException("the layer's root is not a folder");
    }
    apply(entry, tree.root());
    tree.setFolderTimes("", entry.times());
  }

  private void whiteOut(TarEntry entry, String[] components, String name) throws IOException {
    String parent = String.join("/", components);
    parent = parent.substring(0, Math.max(0, parent.length() - name.length() - 1));
    if (name.equals(OPAQUE)) {
      tree.makeOpaque(parent);
      return;
    }
    if (name.startsWith(AUFS)) {
      return;
    }
    String hidden = name.substring(WHITEOUT.length());
    if (hidden.isEmpty() || hidden.equals(".") || hidden.equals("..")) {
      throw new TarException("the whiteout " + entry + " names no file");
    }
    tree.whiteOut(tree.place(parent + '/' + hidden));
  }

  private void make(TarEntry entry, Place place, TarReader tar) throws IOException {
    switch (entry.type()) {
      case FOLDER -> {
        tree.makeFolder(place);
        apply(entry, tree.folder(place.path()));
        tree.setFolderTimes(place.path(), entry.times());
      }
      case FILE -> {
        tree.clear(place);
        writeFile(entry, place, tar);
      }
      case HARD_LINK -> link(entry, place);
      case SYMLINK -> {
        if (entry.linkName().isEmpty()) {
          throw new TarException("the symlink " + entry + " has no target");
        }
        tree.clear(place);
        place.folder().makeSymlink(place.name(), entry.linkName());
        applyByName(entry, place);
        growth.made(0);
      }
      case CHARACTER_DEVICE, BLOCK_DEVICE, FIFO -> {
        tree.clear(place);
        makeNode(entry, place);
        applyByName(entry, place);
        growth.made(0);
      }
    }
  }

  private void writeFile(TarEntry entry, Place place, TarReader tar) throws IOException {
    long bytes = 0;
    try (NewFile file = place.folder().createFile(place.name())) {
      long end = 0;
      for (Segment segment : entry.segments()) {
        if (segment.length() > 0) {
          end = writeSegment(segment, file, tar);
        }
        bytes += (segment.length() + FS_BLOCK - 1) & -FS_BLOCK;
      }
      if (end < entry.size()) {
        file.setSize(entry.size());
      }
      // Owner first: chown(2) takes set-id bits and file capabilities away.
      file.setOwner(entry.uid(), entry.gid());
      file.setPermissions(entry.permissions());
      Attributes.setXattrs(entry.xattrs(), file::setXattr);
      file.setTimes(entry.times());
    }
    growth.made(bytes);
  }

  private long writeSegment(Segment segment, NewFile file, TarReader tar) throws IOException {
    long at = segment.offset();
    long end = at + segment.length();
    while (at < end) {
      int count = tar.read(buffer, 0, (int) Math.min(buffer.length, end - at));
      if (count < 0) {
        throw new TarException("the tar archive is truncated");
      }
      direct.clear().put(buffer, 0, count).flip();
      file.write(direct, at);
      at += count;
    }
    return end;
  }

  private void link(TarEntry entry, Place place) throws IOException {
    Place source = tree.existing(entry.linkName());
    if (source.path().equals(place.path())) {
      return;
    }
    tree.clear(place);
    // Opened anew, since clearing may have removed the source with a folder above it.
    tree.folder(place.folderPath())
        .link(tree.folder(source.folderPath()), source.name(), place.name());
  }

  private void makeNode(TarEntry entry, Place place) throws IOException {
    int type =
        switch (entry.type()) {
          case CHARACTER_DEVICE -> FileStatus.S_IFCHR;
          case BLOCK_DEVICE -> FileStatus.S_IFBLK;
          default -> FileStatus.S_IFIFO;
        };
    if (type == FileStatus.S_IFCHR && entry.deviceMajor() == 0 && entry.deviceMinor() == 0) {
      throw new TarException(
          "the character device 0/0 at " + entry + " would be taken for a whiteout");
    }
    boolean isDevice = type != FileStatus.S_IFIFO;
    place
        .folder()
        .makeNode(
            place.name(),
            type | 0600,
            isDevice ? entry.deviceMajor() : 0,
            isDevice ? entry.deviceMinor() : 0);
  }

  private static void apply(TarEntry entry, Folder folder) throws SyscallException {
    folder.setOwner(entry.uid(), entry.gid());
    folder.setPermissions(entry.permissions());
    Attributes.setXattrs(entry.xattrs(), folder::setXattr);
  }

  private static void applyByName(TarEntry entry, Place place) throws SyscallException {
    Folder folder = place.folder();
    String name = place.name();
    folder.setOwner(name, entry.uid(), entry.gid());
    if (entry.type() != Type.SYMLINK) {
      folder.setPermissions(name, entry.permissions());
    }
    Attributes.setXattrs(entry.xattrs(), (xattr, value) -> folder.setXattr(name, xattr, value));
    folder.setTimes(name, entry.times());
  }
}
