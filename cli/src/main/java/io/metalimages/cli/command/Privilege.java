package io.metalimages.cli.command;

import io.metalimages.common.FaultException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What this process may do. */
public final class Privilege {

    private Privilege() {}

    /**
     * Containers and mounts need root, if only in a user namespace.
     *
     * @throws FaultException if this process isn't root
     */
    public static void requireRoot() throws IOException {
        if (!isRoot()) {
            throw FaultException.missing(
                    "Only root can do this, at least the root of a user namespace.",
                    "Start the program by its launcher, ./metal-images, which makes one.");
        }
    }

    public static boolean isRoot() throws IOException {
        return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    }
}
