package io.metalimages.rack.network;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.metalimages.rack.sandbox.FabricRoot;
import io.metalimages.rack.sandbox.NetworkNamespace;
import io.metalimages.rack.sandbox.NetworkSandbox;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * The internet of a fabric: one host with one page, by HTTPS over IPv4 and IPv6. It is served by this process, from within
 * the services' network namespace, and has to be closed before that.
 */
final class InternetServer implements AutoCloseable {

    /** The host's name in the DNS. */
    static final String NAME = "internet.test";

    static final String ADDRESS = "203.0.113.80";
    static final String ADDRESS_SIX = "2001:db8:113::80";

    /** What the host serves at {@code /}. */
    static final String PAGE = "You have reached the internet of the rack.\n";

    private final CertificateAuthority authority;
    private final List<HttpsServer> servers = new ArrayList<>();
    private final ExecutorService requests = Executors.newVirtualThreadPerTaskExecutor();

    private InternetServer(CertificateAuthority authority) {
        this.authority = authority;
    }

    /** Starts to serve, with a certificate of an authority that is made for it. */
    static InternetServer start(NetworkSandbox sandbox, FabricRoot root, NetworkNamespace services)
            throws IOException, InterruptedException {
        InternetServer internet =
                new InternetServer(CertificateAuthority.make(root, services, NAME, ADDRESS, ADDRESS_SIX));
        try {
            for (String address : List.of(ADDRESS, ADDRESS_SIX)) {
                internet.listen(sandbox, services, InetAddress.ofLiteral(address));
            }
        } catch (IOException | InterruptedException | RuntimeException e) {
            internet.close();
            throw e;
        }
        return internet;
    }

    private void listen(NetworkSandbox sandbox, NetworkNamespace services, InetAddress address)
            throws IOException, InterruptedException {
        HttpsServer server =
                sandbox.inNamespace(services, () -> HttpsServer.create(new InetSocketAddress(address, 443), 0));
        servers.add(server);
        server.setHttpsConfigurator(new HttpsConfigurator(authority.server()));
        server.createContext("/", InternetServer::respond);
        server.setExecutor(requests);
        server.start();
    }

    private static void respond(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] page = PAGE.getBytes(StandardCharsets.UTF_8);
            boolean found = exchange.getRequestURI().getPath().equals("/");
            exchange.sendResponseHeaders(found ? 200 : 404, found ? page.length : -1);
            if (found) {
                exchange.getResponseBody().write(page);
            }
        }
    }

    /** Has the content {@link #PAGE}. */
    URI url() {
        return URI.create("https://" + NAME + "/");
    }

    /** The certificate, in PEM, of the authority that vouches for {@link #url}. */
    String certificateAuthority() throws IOException {
        return authority.certificate();
    }

    @Override
    public void close() {
        servers.forEach(server -> server.stop(0));
        requests.close();
    }
}
