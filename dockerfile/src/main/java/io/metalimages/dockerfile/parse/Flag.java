package io.metalimages.dockerfile.parse;

import java.util.Locale;

/** The {@code --name=value} words between a keyword and its arguments. */
enum Flag {
    CHECKSUM(Kind.TEXT),
    CHMOD(Kind.TEXT),
    CHOWN(Kind.TEXT),
    DEVICE(Kind.LIST),
    EXCLUDE(Kind.LIST),
    FROM(Kind.TEXT),
    INTERVAL(Kind.TEXT),
    KEEP_GIT_DIR(Kind.SWITCH),
    LINK(Kind.SWITCH),
    MOUNT(Kind.LIST),
    NETWORK(Kind.TEXT),
    PARENTS(Kind.SWITCH),
    PLATFORM(Kind.TEXT),
    RETRIES(Kind.TEXT),
    SECURITY(Kind.TEXT),
    START_INTERVAL(Kind.TEXT),
    START_PERIOD(Kind.TEXT),
    TIMEOUT(Kind.TEXT),
    UNPACK(Kind.SWITCH);

    /** What a flag takes. */
    enum Kind {
        /** One value. */
        TEXT,
        /** {@code true}, {@code false}, or no value, which means true. */
        SWITCH,
        /** One value each time that it is given. */
        LIST
    }

    private final Kind kind;

    Flag(Kind kind) {
        this.kind = kind;
    }

    Kind kind() {
        return kind;
    }

    /** The flag as it is written, {@code --keep-git-dir}. */
    String spelling() {
        return "--" + name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
