package io.metalimages.rack.provisioning;

import java.util.Locale;

/** What the user gives along; the checks know the files in {@code os/tests/userdata} by these names. */
public enum Userdata {
    CLOUD_INIT,
    IGNITION,
    /** A file of the user's own, of whose effects nothing is known. */
    OTHER,
    NONE;

    /** As it is written in file names and variables. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
