package io.metalimages.common.linux;

/**
 * Flags of open(2) and openat2(2). Two of them have another number on some architectures, where the usual one means
 * something else: {@code arch/ARCHITECTURE/include/uapi/asm/fcntl.h} in the kernel's source has them.
 *
 * @param directory O_DIRECTORY: what is no directory is not opened
 * @param noFollow O_NOFOLLOW: a symbolic link at the end of the path is not followed
 */
record OpenFlags(int directory, int noFollow) {

    /** O_RDWR. */
    static final int READ_WRITE = 02;

    /** O_CREAT. */
    static final int CREATE = 0100;

    /** O_CREAT, O_EXCL and O_WRONLY. */
    static final int CREATE_NEW = CREATE | 0200 | 01;

    /** O_CLOEXEC. */
    static final int CLOSE_ON_EXEC = 02000000;

    /** O_PATH. */
    static final int PATH = 010000000;

    private static final OpenFlags HERE = of(System.getProperty("os.arch"));

    static final int DIRECTORY = HERE.directory;
    static final int NO_FOLLOW = HERE.noFollow;

    /** @param architecture as Java calls it */
    static OpenFlags of(String architecture) {
        return switch (architecture) {
            case "aarch64", "arm", "ppc64", "ppc64le" -> new OpenFlags(040000, 0100000);
            default -> new OpenFlags(0200000, 0400000);
        };
    }
}
