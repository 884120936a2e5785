package io.metalimages.common;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Objects;

/** Puts into words what an {@link IOException} only says by its class. */
public final class InputOutputReason {

    private InputOutputReason() {}

    /** The path, if one is known, and the reason, without a full stop. */
    public static String of(IOException exception) {
        return switch (exception) {
            case NoSuchFileException e -> e.getFile() + " does not exist";
            case AccessDeniedException e -> e.getFile() + ": permission denied";
            case NotDirectoryException e -> e.getFile() + " is not a directory";
            case FileSystemLoopException e -> e.getFile() + ": too many symbolic links";
            case FileSystemException e when e.getReason() == null -> e.toString();
            default -> Objects.requireNonNullElse(exception.getMessage(), exception.toString());
        };
    }
}
