package io.metalimages.http;

import java.util.Optional;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;

/**
 * How a client deals with servers.
 *
 * @param redirects where they may lead; empty if they may not lead anywhere: then a redirect is a response like others
 * @param encryptionRemedy what to do if no encrypted connection can be made
 * @param notes receives a sentence about each failure that is not the last
 * @param encryption how certificates are checked; empty for how Java does
 */
public record WebOptions(
        RetryPolicy policy,
        Optional<RedirectRule> redirects,
        String encryptionRemedy,
        Consumer<String> notes,
        Optional<SSLContext> encryption) {

    private static final String ENCRYPTION_REMEDY =
            "Check the server's certificate, and whether it speaks HTTPS there.";

    /** Follows redirects, and fails silently until it fails for good. */
    public static WebOptions following(RetryPolicy policy) {
        return new WebOptions(
                policy, Optional.of(RedirectRule.NO_DOWNGRADE), ENCRYPTION_REMEDY, note -> {}, Optional.empty());
    }

    /** Follows no redirects, so that what a request has in it goes to no other server. */
    public WebOptions withoutRedirects() {
        return new WebOptions(policy, Optional.empty(), encryptionRemedy, notes, encryption);
    }

    public WebOptions withNotes(Consumer<String> receiver) {
        return new WebOptions(policy, redirects, encryptionRemedy, receiver, encryption);
    }
}
