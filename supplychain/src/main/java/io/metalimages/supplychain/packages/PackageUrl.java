package io.metalimages.supplychain.packages;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/**
 * Names packages as ECMA-427 (package URL) and its definitions of the types {@code deb} and {@code rpm} do. A colon stays as it
 * is, so an epoch of a deb is {@code 1:2.3}; that of an rpm is a qualifier. A plus sign is {@code %2B}.
 */
final class PackageUrl {

    private static final String PLAIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_~:";

    private PackageUrl() {}

    /**
     * The URL of a package of a distribution.
     *
     * @param system {@code debian}, {@code almalinux}
     * @param release {@code debian-12}; empty if it has no number
     */
    static String of(InstalledPackage one, String system, Optional<String> release) {
        boolean rpm = one.kind() == InstalledPackage.Kind.RPM;
        int epoch = rpm ? one.version().indexOf(':') : -1;
        StringBuilder url = new StringBuilder(rpm ? "pkg:rpm/" : "pkg:deb/")
                .append(encoded(system.toLowerCase(Locale.ROOT)))
                .append('/')
                .append(encoded(rpm ? one.name() : one.name().toLowerCase(Locale.ROOT)))
                .append('@')
                .append(encoded(one.version().substring(epoch + 1)))
                .append("?arch=")
                .append(encoded(one.architecture()));
        release.ifPresent(name -> url.append("&distro=").append(encoded(name)));
        if (epoch > 0) {
            url.append("&epoch=").append(encoded(one.version().substring(0, epoch)));
        }
        if (!one.source().equals(new InstalledPackage.Source(one.name(), one.version()))) {
            url.append("&upstream=")
                    .append(encoded(one.source().name() + "@" + one.source().version()));
        }
        return url.toString();
    }

    private static String encoded(String text) {
        StringBuilder encoded = new StringBuilder();
        for (byte one : text.getBytes(StandardCharsets.UTF_8)) {
            if (one > 0 && PLAIN.indexOf(one) >= 0) {
                encoded.append((char) one);
            } else {
                encoded.append("%%%02X".formatted(one));
            }
        }
        return encoded.toString();
    }
}
