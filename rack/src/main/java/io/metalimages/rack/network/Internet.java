package io.metalimages.rack.network;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;

/**
 * An HTTPS server with a name, which stands for the internet.
 *
 * @param addresses what the name has to resolve to
 * @param authority the certificate, as PEM, that its certificate is signed by
 */
public record Internet(URI url, List<String> addresses, Path authority) {}
