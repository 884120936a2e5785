package io.metalimages.registry;

import io.metalimages.http.RedirectRule;
import io.metalimages.http.Request;
import io.metalimages.http.Response;
import io.metalimages.http.TransientException;
import io.metalimages.http.WebClient;
import io.metalimages.http.WebOptions;
import java.io.InputStream;
import java.net.URI;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * One registry. It is talked to by https; without encryption only if it is this machine ({@code localhost},
 * {@code 127.0.0.1}, {@code [::1]}) or {@link RegistryOptions#plainHttp()} says so. Thread-safe.
 */
public final class Registry implements AutoCloseable {

    /** Where registries answer that are called otherwise. */
    private static final Map<String, String> SERVERS = Map.of("docker.io", "registry-1.docker.io");

    private static final String ENCRYPTION_REMEDY =
            "Check the server's certificate. A registry without encryption has to be asked for: --plain-http";

    private final String name;
    private final URI address;
    private final RegistryOptions options;
    private final WebClient client;
    private final CredentialFiles credentials;
    private final Map<String, Authentication> authentications = new ConcurrentHashMap<>();

    /**
     * A registry; nothing is sent yet.
     *
     * @param name as in {@link ImageReference#registry()}
     */
    public Registry(String name, RegistryOptions options, CredentialFiles credentials) {
        this.name = name;
        String server = SERVERS.getOrDefault(name, name);
        URI encrypted = URI.create("https://" + server + "/v2/");
        boolean plain = options.plainHttp()
                || (isThisMachine(encrypted.getHost()) && options.encryption().isEmpty());
        this.address = plain ? URI.create("http://" + server + "/v2/") : encrypted;
        this.options = options;
        this.client = new WebClient(new WebOptions(
                options.policy(),
                Optional.of(this::requirePermitted),
                ENCRYPTION_REMEDY,
                options.notes(),
                options.encryption()));
        this.credentials = credentials;
    }

    /**
     * A repository; it need not exist yet.
     *
     * @param repositoryName as in {@link ImageReference#repository()}
     */
    public Repository repository(String repositoryName) {
        return new Repository(this, new ImageReference(name, repositoryName, Optional.empty(), Optional.empty()));
    }

    URI address() {
        return address;
    }

    WebClient client() {
        return client;
    }

    RegistryOptions options() {
        return options;
    }

    /** Whether {@code host} is this machine, by a name that no resolver can change. */
    private static boolean isThisMachine(String host) {
        return Set.of("localhost", "127.0.0.1", "[::1]", "::1").contains(host);
    }

    /**
     * Sees to it that nothing is sent unencrypted unless that was asked for.
     *
     * @param origin who named {@code target}
     */
    void requirePermitted(URI target, URI origin) {
        boolean plain = "http".equalsIgnoreCase(target.getScheme());
        boolean encrypted = "https".equalsIgnoreCase(target.getScheme());
        boolean staysHere = isThisMachine(target.getHost()) && "http".equalsIgnoreCase(origin.getScheme());
        if (!encrypted && !(plain && (options.plainHttp() || staysHere))) {
            throw RedirectRule.unencrypted(
                    target, origin, plain ? "If that is meant, allow it by: --plain-http" : null);
        }
    }

    /**
     * Sends a request until the response is a lasting one.
     *
     * @param task what is attempted, as the beginning of a sentence
     */
    Response<byte[]> send(Request request, Scope scope, String repository, String task) throws InterruptedException {
        return client.attempt(task, number -> ErrorResponse.requireLasting(exchange(request, scope, repository)));
    }

    /** Sends a request once. */
    Response<byte[]> exchange(Request request, Scope scope, String repository)
            throws InterruptedException, TransientException {
        return client.readWhole(open(request, scope, repository), request.largestResponse());
    }

    /** Sends a request, and if the registry wants to know who asks, once more. */
    Response<InputStream> open(Request request, Scope scope, String repository)
            throws InterruptedException, TransientException {
        if (!isOurs(request.address())) {
            return client.open(request);
        }
        Authentication authentication = authentication(repository);
        Optional<String> header = authentication.header(scope);
        Response<InputStream> response = client.open(request.authorized(header));
        if (response.status() == 401 && isOurs(response.address()) && authentication.accept(response, scope, header)) {
            WebClient.discard(response);
            response = client.open(request.authorized(authentication.header(scope)));
        }
        if (response.status() == 401 && isOurs(response.address())) {
            authentication.requireNoFaults(response);
        }
        return response;
    }

    /** Whether credentials for this registry may be sent there. */
    private boolean isOurs(URI target) {
        return Request.isSameServer(address, target);
    }

    /** Repositories of one registry may have different credentials. */
    private Authentication authentication(String repository) throws InterruptedException {
        Authentication known = authentications.get(repository);
        if (known != null) {
            return known;
        }
        CredentialFiles.Search search = credentials.search(name, repository);
        Authentication fresh = new Authentication(this, name, search);
        Authentication other = authentications.putIfAbsent(repository, fresh);
        if (other != null) {
            return other;
        }
        search.faults().forEach(options.notes());
        return fresh;
    }

    @Override
    public void close() {
        client.close();
    }
}
