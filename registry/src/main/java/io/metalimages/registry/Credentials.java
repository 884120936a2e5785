package io.metalimages.registry;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** What shows to a registry who asks. Nothing of it is ever part of a message. */
public sealed interface Credentials {

    /** A name and a password, or a token in the password's place. */
    record Password(String user, String password) implements Credentials {

        /** The value of an {@code Authorization} header, see RFC 7617. */
        String basic() {
            return "Basic "
                    + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public String toString() {
            return "a password";
        }
    }

    /** What a token service gives out tokens for, as {@code docker login} keeps it for some registries. */
    record RefreshToken(String token) implements Credentials {

        @Override
        public String toString() {
            return "a refresh token";
        }
    }
}
