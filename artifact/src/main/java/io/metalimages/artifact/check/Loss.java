package io.metalimages.artifact.check;

import java.util.Optional;

/**
 * Something that a file has in the tar and not any more when metal-hammer has unpacked it.
 *
 * @param path in the image, absolute
 * @param aspect what kind of thing
 * @param value what it is in the tar: {@code 103:110}, {@code 2755}, {@code cap_net_raw=ep}, or
 *     {@code user.name=68656c6c6f} with the value of the attribute in hexadecimal
 * @param burned what it is after the burn, in the same form; empty for capabilities and attributes
 * @param restoredBy what makes up for it before anybody can log in: the place of a line in tmpfiles.d or sysctl.d
 *     ({@code /usr/lib/tmpfiles.d/metal.conf:14}), or {@code the installer}
 */
public record Loss(String path, Aspect aspect, String value, String burned, Optional<String> restoredBy) {

    public enum Aspect {
        /** Numeric owner and group. */
        OWNER,
        /** Four octal digits. */
        MODE,
        /** A file capability; what makes up for it need not be the same capability. */
        CAPABILITY,
        /** Another extended attribute, or an access list. */
        ATTRIBUTE
    }
}
