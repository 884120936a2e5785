package io.metalimages.http;

import io.metalimages.common.FaultException;
import io.metalimages.common.ForeignText;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpConnectTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import javax.net.ssl.SSLException;

/** Says why no whole response came. */
final class ConnectionFailure {

    private ConnectionFailure() {}

    /**
     * What to throw.
     *
     * @param proxy that the request went by, if any
     * @param longestConnecting for finding out what the JDK's client does not say
     * @param options of the client
     * @throws FaultException if there is no sense in another attempt
     */
    static TransientException explain(
            URI address, Optional<URI> proxy, Throwable failure, Duration longestConnecting, WebOptions options) {
        String server = address.getAuthority()
                + proxy.map(by -> " by the proxy " + by.getHost() + (by.getPort() < 0 ? "" : ":" + by.getPort()))
                        .orElse("");
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            switch (cause) {
                case SilenceException e -> {
                    return new TransientException(reason(e), e);
                }
                case SSLException e -> throw notEncrypted(server, e, options.encryptionRemedy());
                case HttpConnectTimeoutException e -> {
                    Optional<SSLException> fault = proxy.isPresent()
                            ? Optional.empty()
                            : Handshake.fault(address, longestConnecting, options.encryption());
                    if (fault.isPresent()) {
                        throw notEncrypted(server, fault.get(), options.encryptionRemedy());
                    }
                    return new TransientException("no connection to " + server + " (" + reason(e) + ")", e);
                }
                case ConnectException e
                when e.getCause() instanceof UnresolvedAddressException -> {
                    return new TransientException(
                            "the name " + proxy.orElse(address).getHost() + " is not known", e);
                }
                case ConnectException e -> {
                    // The JDK's client has no words for a connection that was refused.
                    return new TransientException(
                            "no connection to " + server + (e.getMessage() == null ? "" : " (" + reason(e) + ")"), e);
                }
                default -> {}
            }
        }
        return new TransientException("the connection to " + server + " broke (" + reason(failure) + ")", failure);
    }

    private static FaultException notEncrypted(String server, SSLException failure, String remedy) {
        return new FaultException(
                FaultException.Category.REMOTE_FAULT,
                "No encrypted connection to " + server + ": " + reason(failure) + ".",
                remedy,
                failure);
    }

    private static String reason(Throwable failure) {
        // The JDK's client quotes what a server sent if it is no HTTP.
        return ForeignText.line(Objects.requireNonNullElse(
                failure.getMessage(), failure.getClass().getSimpleName().replaceFirst("Exception$", "")));
    }
}
