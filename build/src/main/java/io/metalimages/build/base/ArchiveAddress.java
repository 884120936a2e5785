package io.metalimages.build.base;

import io.metalimages.common.FaultException;
import java.util.regex.Pattern;

/** An archive's address as it may be shown, kept in logs, and written into an image. */
final class ArchiveAddress {

    private static final Pattern USER = Pattern.compile("(://)[^/\\s]*@");

    private ArchiveAddress() {}

    /** A text with all addresses in it, but without the names and passwords of users. */
    static String withoutUser(String text) {
        return USER.matcher(text).replaceAll("$1");
    }

    static boolean hasUser(String address) {
        return USER.matcher(address).find();
    }

    /** Makes the fault of a message and a remedy. */
    @FunctionalInterface
    interface Fault {
        FaultException of(String message, String remedy);
    }

    /**
     * Refuses an address with a user's name or password in it: an image would keep it in its sources.list, and every user of
     * this machine would see it among the arguments of programs.
     *
     * @param namedBy who gives the address, for the message
     */
    static void requireNoUser(String namedBy, String address, Fault fault) {
        if (hasUser(address)) {
            throw fault.of(
                    "The address of " + withoutUser(address) + " in " + namedBy
                            + " has a user's name or password in it, which the image would keep.",
                    "Put them into a file in /etc/apt/auth.conf.d, see apt_auth.conf(5), and leave them out of the address.");
        }
    }
}
