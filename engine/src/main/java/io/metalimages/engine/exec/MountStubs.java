package io.metalimages.engine.exec;

import io.metalimages.common.FaultException;
import io.metalimages.common.linux.FileStatus;
import io.metalimages.common.linux.OpenedDirectory;
import io.metalimages.common.linux.RootDirectory;
import java.io.IOException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The empty files and directories that a container runtime makes for its mounts to lie on. They belong to no result, so
 * those that were not there before are taken away afterwards, unless something was put into them.
 */
public final class MountStubs {

    private final RootDirectory root;

    /** Each from the root down, the deepest first. */
    private final List<List<String>> missing;

    /**
     * Notes what of {@code targets} does not exist below {@code root} yet.
     *
     * @param location where the instruction stands, for messages
     * @throws FaultException if symbolic links at a target lead in circles
     */
    public MountStubs(RootDirectory root, List<String> targets, String location) throws IOException {
        this.root = root;
        Set<List<String>> parts = new LinkedHashSet<>();
        for (String target : targets) {
            RootDirectory.Location place = located(root, target, location);
            for (int length = place.existing() + 1; length <= place.names().size(); length++) {
                parts.add(place.names().subList(0, length));
            }
        }
        this.missing = new ArrayList<>(parts);
        missing.sort(
                Comparator.comparingInt((List<String> names) -> names.size()).reversed());
    }

    private static RootDirectory.Location located(RootDirectory root, String target, String location)
            throws IOException {
        try {
            return root.locate(target);
        } catch (FileSystemLoopException e) {
            throw FaultException.wrongInput(
                    location + ": symbolic links lead in circles at the mount's target " + target + ".",
                    "Choose another target, or remove the links in an earlier step.");
        }
    }

    /** Takes away what is empty and where it was; what the container's program has put a link in front of is not. */
    public void remove() throws IOException {
        for (List<String> stub : missing) {
            Optional<OpenedDirectory> above = root.directory(stub.subList(0, stub.size() - 1));
            if (above.isPresent()) {
                try (OpenedDirectory directory = above.get()) {
                    remove(directory, stub.getLast());
                }
            }
        }
    }

    /** The directory above stays as old as it was. */
    private static void remove(OpenedDirectory directory, String name) throws IOException {
        FileTime modified = directory.status().modified();
        if (delete(directory, name)) {
            directory.changeModified(modified);
        }
    }

    private static boolean delete(OpenedDirectory directory, String name) throws IOException {
        Optional<FileStatus> status = directory.status(name);
        if (status.filter(FileStatus::isDirectory).isPresent()) {
            return directory.deleteDirectory(name);
        }
        if (status.filter(file -> file.isRegularFile() && file.size() == 0).isPresent()) {
            return directory.deleteFile(name);
        }
        return false;
    }
}
