package io.metalimages.rack.provisioning;

import java.util.Locale;

/** What a server is for. */
public enum Role {
    MACHINE,
    FIREWALL;

    /** As it is written in file names and in {@code install.yaml}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
