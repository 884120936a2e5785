package io.metalimages.build;

import io.metalimages.build.base.Architecture;
import java.util.Map;
import java.util.Set;

/** The platform that is built on and for, which are the same, and the arguments that every Dockerfile may use. */
final class Platform {

    private static final String ARCHITECTURE = Architecture.ofThisMachine().debian();

    static final String NAME = "linux/" + ARCHITECTURE;

    /** Visible to {@code RUN} without an {@code ARG} when the build is given them. */
    static final Set<String> PREDEFINED_ARGUMENTS = Set.of(
            "HTTP_PROXY",
            "http_proxy",
            "HTTPS_PROXY",
            "https_proxy",
            "FTP_PROXY",
            "ftp_proxy",
            "NO_PROXY",
            "no_proxy",
            "ALL_PROXY",
            "all_proxy");

    private Platform() {}

    /** The arguments in the global scope of every Dockerfile. */
    static Map<String, String> arguments() {
        return Map.of(
                "BUILDPLATFORM",
                NAME,
                "BUILDOS",
                "linux",
                "BUILDARCH",
                ARCHITECTURE,
                "BUILDVARIANT",
                "",
                "TARGETPLATFORM",
                NAME,
                "TARGETOS",
                "linux",
                "TARGETARCH",
                ARCHITECTURE,
                "TARGETVARIANT",
                "");
    }
}
