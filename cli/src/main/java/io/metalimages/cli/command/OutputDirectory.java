package io.metalimages.cli.command;

import io.metalimages.common.FaultException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/** Where files are to go. */
public final class OutputDirectory {

    private OutputDirectory() {}

    /**
     * Finds out, without changing anything, whether files can be made in {@code directory} once it and what is missing
     * above it have been made.
     *
     * @param what the files, as the subject of a sentence in the plural
     * @param option by which the user names another directory
     * @throws FaultException if not
     */
    public static void requireWritable(String what, Path directory, String option) {
        Path existing = nearestExisting(directory.toAbsolutePath().normalize());
        if (!Files.isDirectory(existing)) {
            throw unwritable(what, directory, existing + " is not a directory", option);
        }
        if (!Files.isWritable(existing)) {
            throw unwritable(what, directory, existing + " cannot be written", option);
        }
    }

    private static Path nearestExisting(Path path) {
        Path parent = path.getParent();
        return parent == null || Files.exists(path, LinkOption.NOFOLLOW_LINKS) ? path : nearestExisting(parent);
    }

    private static FaultException unwritable(String what, Path directory, String reason, String option) {
        return new FaultException(
                FaultException.Category.FAILED_WORK,
                what + " cannot be put into " + directory + ": " + reason + ".",
                "Name another place: " + option + " ...",
                null);
    }
}
