package io.metalimages.common.linux;

import java.io.IOException;

/**
 * How a directory that lies on others in an overlay says what of those is not to be seen: a whiteout, a character device 0:0,
 * hides the entry of its name, and an opaque directory all that is in the directories below it. See the kernel's documentation
 * of overlayfs.
 *
 * <p>A whiteout belongs only where there is something to hide, and into no opaque directory: elsewhere it is listed.
 */
public enum OverlayFormat {
    /** Of overlays that the system mounts. */
    TRUSTED("trusted.overlay."),

    /** Of overlays that are mounted in a user's own namespace, and of directories that are never mounted. */
    USER("user.overlay.");

    private static final String OPAQUE = "opaque";
    private static final byte[] YES = {'y'};

    private final String prefix;

    OverlayFormat(String prefix) {
        this.prefix = prefix;
    }

    /** Of the overlays that {@link Mounts} mounts. */
    public static OverlayFormat ofMounts() {
        return UserNamespace.isInitial() ? TRUSTED : USER;
    }

    /** Whether an extended attribute belongs to an overlay, and not to the file. */
    public static boolean isOwnAttribute(String name) {
        return name.startsWith(TRUSTED.prefix) || name.startsWith(USER.prefix);
    }

    public static boolean isWhiteout(FileStatus status) {
        return status.type() == FileStatus.CHARACTER_DEVICE && status.specialDevice() == 0;
    }

    /** Hides the entry of this name in the directories below, in which there is one; there must be none in this one. */
    public static void hide(OpenedDirectory directory, String name) throws IOException {
        directory.makeSpecialFile(name, FileStatus.CHARACTER_DEVICE, 0);
    }

    /** Hides everything in the directories below an entry of {@code above}, which is a directory. */
    public void makeOpaque(OpenedDirectory above, String name) throws IOException {
        above.writeAttribute(name, prefix + OPAQUE, YES);
    }

    public boolean isOpaque(OpenedDirectory directory) throws IOException {
        return directory.attributes().containsKey(prefix + OPAQUE);
    }
}
