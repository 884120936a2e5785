package io.metalimages.metalapi;

import io.metalimages.common.FaultException;
import io.metalimages.common.ForeignText;
import io.metalimages.http.RetryPolicy;
import io.metalimages.http.WebOptions;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Where a metal-api is, and how to talk to it.
 *
 * @param base the address that {@code /v1/image} comes behind, without a slash at its end
 * @param longestResponse how long a request and its whole response may take
 * @param notes receives a sentence about each failure that is not the last
 */
public record MetalApiOptions(
        URI base, Authentication authentication, RetryPolicy policy, Duration longestResponse, Consumer<String> notes) {

    private static final Set<String> THIS_MACHINE = Set.of("localhost", "127.0.0.1", "[::1]");

    /** @throws FaultException if a token would be sent in the open to another machine */
    public MetalApiOptions {
        boolean isEncrypted = base.getScheme().equalsIgnoreCase("https");
        if (authentication instanceof Authentication.Token && !isEncrypted && !THIS_MACHINE.contains(base.getHost())) {
            throw FaultException.wrongInput(
                    "A token would go to " + base + " unencrypted, for everybody on the way to read.",
                    "Name an address with https, or take an HMAC key, which is never sent.");
        }
    }

    /**
     * What fits most.
     *
     * @param address as the user wrote it: {@code https://api.example.com/metal}
     * @throws FaultException if that is no address of a metal-api
     */
    public static MetalApiOptions usual(String address, Authentication authentication, Consumer<String> notes) {
        return new MetalApiOptions(
                base(address),
                authentication,
                new RetryPolicy(6, Duration.ofMillis(500), Duration.ofSeconds(30), Duration.ofSeconds(30)),
                Duration.ofMinutes(1),
                notes);
    }

    WebOptions webOptions() {
        return WebOptions.following(policy).withNotes(notes);
    }

    private static URI base(String address) {
        String form = "Name it as in https://api.example.com/metal: with what comes before /v1, if anything does.";
        URI uri;
        try {
            uri = new URI(address.replaceFirst("/+$", ""));
        } catch (URISyntaxException e) {
            // Without the text: it may hold what is secret.
            throw FaultException.wrongInput(
                    "metal-api's address is none: " + e.getReason() + " at character " + (e.getIndex() + 1) + ".",
                    form);
        }
        if (uri.getRawUserInfo() != null) {
            throw FaultException.wrongInput(
                    "metal-api's address has a name or password in it, which every user of this machine could read.",
                    form);
        }
        boolean isHttp = uri.getScheme() != null
                && Set.of("http", "https").contains(uri.getScheme().toLowerCase(Locale.ROOT));
        if (!isHttp || uri.getHost() == null || uri.getRawQuery() != null || uri.getRawFragment() != null) {
            throw FaultException.wrongInput(
                    "\"" + ForeignText.line(address) + "\" is no address of a metal-api.", form);
        }
        return uri;
    }
}
