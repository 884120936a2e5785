package io.metalimages.build.base;

/** A kind of processor that is built on and for. */
public enum Architecture {
    AMD64("amd64", "x86_64"),
    ARM64("arm64", "aarch64");

    private final String debian;
    private final String rpm;

    Architecture(String debian, String rpm) {
        this.debian = debian;
        this.rpm = rpm;
    }

    /** That of this machine. */
    public static Architecture ofThisMachine() {
        return System.getProperty("os.arch").equals("aarch64") ? ARM64 : AMD64;
    }

    /** As Debian's packages and OCI images call it. */
    public String debian() {
        return debian;
    }

    /** As rpm and the kernel call it. */
    String rpm() {
        return rpm;
    }
}
