package dev.heddle.app;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Finds the files and directories of a {@link SimulatedDisk} by their paths. Guarded by the disk's lock. */
final class SimulatedTree {

    private final SimulatedDirectory root = new SimulatedDirectory();

    SimulatedDirectory root() {
        return root;
    }

    /** What is there; null if there is nothing. */
    @Nullable SimulatedNode find(Path path) {
        SimulatedNode node = root;
        for (Path name : path.toAbsolutePath().normalize()) {
            if (!(node instanceof SimulatedDirectory directory)) return null;
            node = directory.get(name.toString());
            if (node == null) return null;
        }
        return node;
    }

    SimulatedNode existing(Path path) throws IOException {
        SimulatedNode node = find(path);
        if (node == null) throw new NoSuchFileException(path.toString());
        return node;
    }

    SimulatedFile file(Path path) throws IOException {
        if (existing(path) instanceof SimulatedFile file) return file;
        throw new FileSystemException(path.toString(), null, "Is a directory");
    }

    SimulatedDirectory directory(Path path) throws IOException {
        if (existing(path) instanceof SimulatedDirectory directory) return directory;
        throw new FileSystemException(path.toString(), null, "Not a directory");
    }

    SimulatedDirectory parent(Path path) throws IOException {
        Path parent = path.toAbsolutePath().normalize().getParent();
        return parent == null ? root : directory(parent);
    }

    /** The last part of a path. */
    static String name(Path path) {
        return path.getFileName().toString();
    }

    /** Where these files are, unless they were deleted. */
    List<Path> pathsOf(Set<SimulatedFile> files) {
        var found = new ArrayList<Path>();
        collect(root, Path.of("/"), files, found);
        return found;
    }

    private static void collect(SimulatedDirectory directory, Path path, Set<SimulatedFile> files, List<Path> found) {
        for (String name : directory.names()) {
            SimulatedNode node = directory.get(name);
            if (node instanceof SimulatedDirectory inner) collect(inner, path.resolve(name), files, found);
            else if (node instanceof SimulatedFile file && files.contains(file)) found.add(path.resolve(name));
        }
    }
}
