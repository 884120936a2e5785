package io.metalimages.cli;

import io.metalimages.engine.FaultException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/** Where an artifact is to go. */
final class OutputDirectory {

    private OutputDirectory() {}

    /**
     * Finds out, without changing anything, whether files can be made in {@code directory} once it and what is missing
     * above it have been made.
     *
     * @throws FaultException if not
     */
    static void requireWritable(Path directory) {
        Path existing = nearestExisting(directory.toAbsolutePath().normalize());
        if (!Files.isDirectory(existing)) {
            throw unwritable(directory, existing + " is not a directory");
        }
        if (!Files.isWritable(existing)) {
            throw unwritable(directory, existing + " cannot be written");
        }
    }

    private static Path nearestExisting(Path path) {
        Path parent = path.getParent();
        return parent == null || Files.exists(path, LinkOption.NOFOLLOW_LINKS) ? path : nearestExisting(parent);
    }

    private static FaultException unwritable(Path directory, String reason) {
        return new FaultException(
                FaultException.Category.FAILED_WORK,
                "The artifact cannot be put into " + directory + ": " + reason + ".",
                "Name another directory: --output DIR",
                null);
    }
}
