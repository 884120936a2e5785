package io.metalimages.build;

import io.metalimages.build.base.Architecture;
import io.metalimages.common.FaultException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The platform that is built on and for, which are the same, and the arguments that every Dockerfile may use. */
public final class Platform {

    static final String ARCHITECTURE = Architecture.ofThisMachine().debian();

    static final String NAME = "linux/" + ARCHITECTURE;

    /** Visible to {@code RUN}, but to no other instruction, without an {@code ARG} when the build is given them. */
    private static final List<String> PROXIES =
            List.of("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY");

    private Platform() {}

    /** Whether {@code platform}, in any of its spellings, is this machine's. */
    static boolean isThisMachines(String platform) {
        String[] parts = platform.toLowerCase(Locale.ROOT).split("/", -1);
        boolean architectureOnly = parts.length == 1;
        String system = architectureOnly ? "linux" : parts[0];
        String architecture = architectureOnly ? parts[0] : parts[1];
        String variant = parts.length > 2 ? parts[2] : "";
        String usual = switch (architecture) {
            case "x86_64", "x86-64" -> "amd64";
            case "aarch64" -> "arm64";
            default -> architecture;
        };
        boolean usualVariant = variant.isEmpty() || variant.equals(usual.equals("arm64") ? "v8" : "v1");
        return system.equals("linux") && usual.equals(ARCHITECTURE) && usualVariant && parts.length <= 3;
    }

    /**
     * Fails for a platform that is not this machine's.
     *
     * @param place where it stands, with what separates that from a message
     * @throws FaultException if it is another one
     */
    public static void requireThisMachines(String platform, String place) {
        if (!isThisMachines(platform)) {
            throw FaultException.missing(
                    place + "this machine makes images for " + NAME + ", and runs no programs of other platforms.",
                    "Build on a machine of that platform.");
        }
    }

    static boolean isProxy(String argument) {
        return PROXIES.contains(argument.toUpperCase(Locale.ROOT));
    }

    /** The variables of {@code RUN} for the proxies among the build's arguments, in both spellings. */
    static Map<String, String> proxies(Map<String, String> buildArguments) {
        Map<String, String> variables = new HashMap<>();
        new TreeMap<>(buildArguments).forEach((name, value) -> {
            if (isProxy(name)) {
                variables.put(name.toUpperCase(Locale.ROOT), value);
                variables.put(name.toLowerCase(Locale.ROOT), value);
            }
        });
        return variables;
    }

    /** The arguments in the global scope of every Dockerfile. */
    static Map<String, String> arguments() {
        return Map.ofEntries(
                Map.entry("BUILDPLATFORM", NAME),
                Map.entry("BUILDOS", "linux"),
                Map.entry("BUILDOSVERSION", ""),
                Map.entry("BUILDARCH", ARCHITECTURE),
                Map.entry("BUILDVARIANT", ""),
                Map.entry("TARGETPLATFORM", NAME),
                Map.entry("TARGETOS", "linux"),
                Map.entry("TARGETOSVERSION", ""),
                Map.entry("TARGETARCH", ARCHITECTURE),
                Map.entry("TARGETVARIANT", ""));
    }
}
