package io.metalimages.http;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/**
 * Finds out why an encrypted connection does not come about. The JDK's client sometimes reports a handshake that failed, as
 * with a server that sends plain text, as a connection that took too long.
 */
final class Handshake {

    private static final int HTTPS_PORT = 443;

    private Handshake() {}

    /**
     * What keeps a handshake with the server of {@code address} from succeeding.
     *
     * @param limit for connecting, and for each wait for the server
     * @param encryption how certificates are checked; empty for how Java does
     * @return empty if it succeeds, if it fails for another reason, or if the address is not of {@code https}
     */
    static Optional<SSLException> fault(URI address, Duration limit, Optional<SSLContext> encryption) {
        if (!"https".equalsIgnoreCase(address.getScheme())) {
            return Optional.empty();
        }
        int port = address.getPort() < 0 ? HTTPS_PORT : address.getPort();
        int milliseconds = Math.toIntExact(limit.toMillis());
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(address.getHost(), port), milliseconds);
            socket.setSoTimeout(milliseconds);
            SSLSocketFactory factory = encryption
                    .map(SSLContext::getSocketFactory)
                    .orElseGet(() -> (SSLSocketFactory) SSLSocketFactory.getDefault());
            try (SSLSocket encrypted = (SSLSocket) factory.createSocket(socket, address.getHost(), port, true)) {
                encrypted.startHandshake();
                return Optional.empty();
            }
        } catch (SSLException e) {
            return Optional.of(e);
        } catch (IOException otherReason) {
            return Optional.empty();
        }
    }
}
