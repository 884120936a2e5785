package io.metalimages.common.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The user namespace that this process lives in. See user_namespaces(7). */
public final class UserNamespace {

    private static final boolean INITIAL = mapsEveryUser();

    private UserNamespace() {}

    /** Whether it is the system's own, in which the kernel allows more than in one that a user made. */
    public static boolean isInitial() {
        return INITIAL;
    }

    private static boolean mapsEveryUser() {
        try {
            return Files.readString(Path.of("/proc/self/uid_map")).strip().endsWith(" 4294967295");
        } catch (IOException e) {
            throw new UncheckedIOException("The kernel does not tell about user namespaces.", e);
        }
    }
}
