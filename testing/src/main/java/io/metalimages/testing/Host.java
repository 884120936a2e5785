package io.metalimages.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** The machine that runs the tests: what it has, and who is logged in. A test that it cannot run is skipped, with the reason. */
public final class Host {

    private Host() {}

    /** Whether tests run as root, be it root of a user namespace. */
    public static boolean isRoot() {
        try {
            return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Skips the test unless it runs as root. */
    public static void assumeRoot(String purpose) {
        assumeTrue(isRoot(), "only root can " + purpose + ": not tested");
    }

    /** Skips the test if a program that it needs is not installed. */
    public static void assumeInstalled(String program, String packageName) {
        boolean installed = Arrays.stream(System.getenv("PATH").split(":", -1))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
        assumeTrue(installed, program + " is not installed on this machine (package " + packageName + "): not tested");
    }

    /** All programs of a small system in one file, which needs no library. Skips the test if it is not installed. */
    public static Path busybox() {
        Path program = Path.of("/bin/busybox");
        assumeTrue(
                Files.isExecutable(program),
                "busybox is not installed on this machine (package busybox-static): not tested");
        return program;
    }
}
