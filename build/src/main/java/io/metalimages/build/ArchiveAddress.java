package io.metalimages.build;

import java.util.regex.Pattern;

/** An archive's address as it may be shown, and kept in logs. */
final class ArchiveAddress {

    private static final Pattern USER = Pattern.compile("(://)[^/\\s]*@");

    private ArchiveAddress() {}

    /** A text with all addresses in it, but without the names and passwords of users. */
    static String withoutUser(String text) {
        return USER.matcher(text).replaceAll("$1");
    }
}
