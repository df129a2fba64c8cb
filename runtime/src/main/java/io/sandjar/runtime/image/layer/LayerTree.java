package io.sandjar.runtime.image.layer;

import io.sandjar.netbridge.sys.SyscallException;
import io.sandjar.runtime.linux.file.FileName;
import io.sandjar.runtime.linux.file.FileStatus;
import io.sandjar.runtime.linux.file.Folder;
import io.sandjar.runtime.linux.file.Times;
import io.sandjar.runtime.linux.file.TreeRemoval;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The folder that a layer is unpacked into, and how an archive's paths are found in it.
 *
 * <p>Paths are walked one component at a time on open folders, no call follows a symlink, and this
 * class resolves symlinks itself, within the tree: so a path cannot leave it, whatever links an
 * archive lays out. Where the layer has no folder but those below show one, it is made here alike.
 */
final class LayerTree implements AutoCloseable {
  /** As the kernel's MAXSYMLINKS. */
  private static final int MAXSYMLINKS = 40;

  /** What a folder occupies, as a rule. */
  private static final int FS_BLOCK = 4096;

  private static final int OPEN_FOLDERS = 128;
  private static final String ROOT = "";

  /** Where an entry goes: a folder of the layer, its path, and a name in it. */
  record Place(Folder folder, String folderPath, String name) {
    String path() {
      return join(folderPath, name);
    }
  }

  private final Folder root;
  private final LowerLayers lower;
  private final Growth growth;
  private final Map<String, Folder> open =
      new LinkedHashMap<>(OPEN_FOLDERS * 2, 0.75f, /* accessOrder= */ true);
  private final Set<String> opaque = new HashSet<>();
  private final Map<String, Times> folderTimes = new TreeMap<>();

  LayerTree(Folder root, LowerLayers lower, Growth growth) throws SyscallException {
    this.root = root;
    this.lower = lower;
    this.growth = growth;
    if (lower.root().isPresent()) {
      try (Folder below = Folder.open(lower.root().get())) {
        new Attributes(below.status(), below.xattrs()).applyTo(root);
        folderTimes.put(ROOT, below.status().times());
      }
    } else {
      root.setPermissions(0755);
    }
  }

  /** Finds where the entry {@code path} goes, making parents that are missing. */
  Place place(String path) throws IOException {
    Deque<String> components = new ArrayDeque<>(Arrays.asList(clean(path)));
    if (components.isEmpty()) {
      throw new TarException("the entry \"" + FileName.toText(path) + "\" names the root");
    }
    String name = components.removeLast();
    String parent = walk(components, path);
    return new Place(folder(parent), parent, name);
  }

  /** Components of a path without empty ones and dots; a leading slash means the layer's root. */
  static String[] clean(String path) throws TarException {
    String[] components =
        Arrays.stream(path.split("/"))
            .filter(part -> !part.isEmpty() && !part.equals("."))
            .toArray(String[]::new);
    for (String component : components) {
      if (component.equals("..")) {
        throw new TarException("the path " + FileName.toText(path) + " contains \"..\"");
      }
      if (component.length() > 255) {
        throw new TarException(
            "the path " + FileName.toText(path) + " has a name longer than 255 bytes");
      }
    }
    return components;
  }

  private String walk(Deque<String> components, String whole) throws IOException {
    String current = ROOT;
    int links = 0;
    while (!components.isEmpty()) {
      String name = components.removeFirst();
      if (name.isEmpty() || name.equals(".")) {
        continue;
      }
      if (name.equals("..")) {
        current = parent(current);
        continue;
      }
      Optional<String> target = step(current, name, whole);
      if (target.isEmpty()) {
        current = join(current, name);
        continue;
      }
      if (++links > MAXSYMLINKS) {
        throw new TarException("the path " + FileName.toText(whole) + " has too many symlinks");
      }
      if (target.get().startsWith("/")) {
        current = ROOT;
      }
      String[] parts = target.get().split("/");
      for (int i = parts.length - 1; i >= 0; i--) {
        components.addFirst(parts[i]);
      }
    }
    return current;
  }

  /** Goes into the folder {@code name}, made if it is missing; or gives a symlink's target. */
  private Optional<String> step(String current, String name, String whole) throws IOException {
    String path = join(current, name);
    if (open.containsKey(path)) {
      return Optional.empty();
    }
    Folder folder = folder(current);
    Optional<Folder> child = folder.tryOpenFolder(name);
    if (child.isPresent()) {
      keep(path, child.get());
      return Optional.empty();
    }
    Optional<FileStatus> status = folder.status(name);
    if (status.isPresent() && status.get().isSymlink()) {
      return Optional.of(folder.readSymlink(name));
    }
    if (status.isPresent() && !status.get().isWhiteout()) {
      throw new TarException(
          "the path "
              + FileName.toText(whole)
              + " leads through "
              + FileName.toText(path)
              + ", which is not a folder");
    }
    if (status.isPresent()) {
      makeFolder(new Place(folder, current, name));
      return Optional.empty();
    }
    return stepBelow(new Place(folder, current, name), whole);
  }

  private Optional<String> stepBelow(Place place, String whole) throws IOException {
    Optional<Below> below = below(place.path());
    if (below.isPresent() && below.get().symlink().isPresent()) {
      return below.get().symlink();
    }
    if (below.isPresent() && !below.get().attributes().status().isFolder()) {
      throw new TarException(
          "the path "
              + FileName.toText(whole)
              + " leads through "
              + FileName.toText(place.path())
              + ", which is not a folder in the layers below");
    }
    makeFolder(place);
    if (below.isPresent()) {
      below.get().attributes().applyTo(folder(place.path()));
      folderTimes.put(place.path(), below.get().attributes().status().times());
    }
    return Optional.empty();
  }

  /** What the layers below show at a path. */
  private record Below(Attributes attributes, Optional<String> symlink) {}

  private Optional<Below> below(String path) throws IOException {
    if (isHidden(path)) {
      return Optional.empty();
    }
    return lower.find(
        path,
        (folder, name, status) ->
            new Below(
                new Attributes(status, folder.xattrs(name)),
                status.isSymlink() ? Optional.of(folder.readSymlink(name)) : Optional.empty()));
  }

  /** Whether this layer hides what those below have at {@code path}. */
  private boolean isHidden(String path) {
    if (opaque.isEmpty()) {
      return false;
    }
    for (String at = path; !at.equals(ROOT); at = parent(at)) {
      if (opaque.contains(parent(at))) {
        return true;
      }
    }
    return false;
  }

  /** Makes a folder, or keeps the one that is there; whatever else is there gives way. */
  void makeFolder(Place place) throws SyscallException {
    Optional<FileStatus> status = place.folder().status(place.name());
    if (status.isPresent() && status.get().isFolder()) {
      return;
    }
    if (status.isPresent()) {
      place.folder().unlink(place.name());
    }
    place.folder().makeFolder(place.name(), 0755);
    growth.made(FS_BLOCK);
    if (status.isPresent()) {
      // What was here hid the layers below, and the folder must go on to do so.
      markOpaque(place.path());
    }
  }

  /** Makes room for something that is not a folder. */
  void clear(Place place) throws SyscallException {
    Optional<FileStatus> status = place.folder().status(place.name());
    if (status.isEmpty()) {
      return;
    }
    if (!status.get().isFolder()) {
      place.folder().unlink(place.name());
      return;
    }
    forget(place.path());
    TreeRemoval.remove(place.folder(), place.name());
  }

  /** Hides what the layers below have at {@code place}; what this layer has there stays. */
  void whiteOut(Place place) throws IOException {
    if (below(place.path()).isEmpty()) {
      return;
    }
    Optional<FileStatus> status = place.folder().status(place.name());
    if (status.isEmpty()) {
      place.folder().makeNode(place.name(), FileStatus.S_IFCHR, 0, 0);
      growth.made(0);
    } else if (status.get().isFolder()) {
      markOpaque(place.path());
    }
  }

  /** Hides all that the layers below have in a folder. */
  void makeOpaque(String path) throws IOException {
    markOpaque(walk(new ArrayDeque<>(Arrays.asList(clean(path))), path));
  }

  private void markOpaque(String path) throws SyscallException {
    if (opaque.add(path)) {
      folder(path).setXattr(Attributes.OVERLAY_OPAQUE, new byte[] {'y'});
    }
  }

  /** The place of an existing entry, copied up if only a layer below has it, for a hard link. */
  Place existing(String path) throws IOException {
    Place place = place(path);
    Optional<FileStatus> status = place.folder().status(place.name());
    if (status.isPresent() && !status.get().isWhiteout()) {
      return place;
    }
    boolean copied =
        status.isEmpty()
            && !isHidden(place.path())
            && lower
                .find(
                    place.path(),
                    (from, name, found) -> CopyUp.copy(from, name, found, place, growth))
                .orElse(false);
    if (!copied) {
      throw new TarException("there is no " + FileName.toText(path) + " to link to");
    }
    return place;
  }

  Folder root() {
    return root;
  }

  void setFolderTimes(String path, Times times) {
    folderTimes.put(path, times);
  }

  /** Sets the folders' times, which every entry made in them changed. */
  void finish() throws SyscallException {
    for (Map.Entry<String, Times> entry : folderTimes.entrySet()) {
      String path = entry.getKey();
      if (path.equals(ROOT)) {
        root.setTimes(entry.getValue());
      } else {
        folder(parent(path)).setTimes(name(path), entry.getValue());
      }
    }
  }

  /** Opens a folder of this layer by its path, which has no symlinks. */
  Folder folder(String path) throws SyscallException {
    if (path.equals(ROOT)) {
      return root;
    }
    Folder known = open.get(path);
    if (known != null) {
      return known;
    }
    Folder opened = folder(parent(path)).openFolder(name(path));
    keep(path, opened);
    return opened;
  }

  private void keep(String path, Folder folder) {
    open.put(path, folder);
    if (open.size() > OPEN_FOLDERS) {
      Iterator<Folder> oldest = open.values().iterator();
      oldest.next().close();
      oldest.remove();
    }
  }

  private void forget(String path) {
    String below = path + '/';
    open.entrySet()
        .removeIf(
            entry -> {
              boolean gone = entry.getKey().equals(path) || entry.getKey().startsWith(below);
              if (gone) {
                entry.getValue().close();
              }
              return gone;
            });
    folderTimes.keySet().removeIf(known -> known.equals(path) || known.startsWith(below));
    opaque.removeIf(known -> known.equals(path) || known.startsWith(below));
  }

  private static String join(String folder, String name) {
    return folder.isEmpty() ? name : folder + '/' + name;
  }

  private static String parent(String path) {
    return path.substring(0, Math.max(0, path.lastIndexOf('/')));
  }

  private static String name(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  @Override
  public void close() {
    open.values().forEach(Folder::close);
    open.clear();
  }
}
