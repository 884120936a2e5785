package io.metalimages.supplychain.statement;

import java.util.Locale;

/** How much of an image a test has looked at. What an image is for decides which of them it has to have passed. */
public enum TestProfile {
    /** All that there is to test of an image for machines. */
    MACHINE,
    /** All that there is to test of an image for firewalls. */
    FIREWALL,
    /** Anything else: on other disks, in another role, without switches, without a reboot. */
    PARTIAL;

    private static final String FIREWALL_NAME = "firewall(-[^/]*)?/.*";

    /** The full test of the image with that name, such as {@code debian/12}. */
    public static TestProfile required(String image) {
        return image.matches(FIREWALL_NAME) ? FIREWALL : MACHINE;
    }

    /** As it is written in test results. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
