package io.metalimages.registry;

import java.net.URI;
import java.net.http.HttpResponse.BodyHandler;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One registry. It is talked to by https; without encryption only if it is this machine ({@code localhost},
 * {@code 127.0.0.1}, {@code [::1]}) or {@link RegistryOptions#plainHttp()} says so. Thread-safe.
 */
public final class Registry implements AutoCloseable {

    /** Where registries answer that are called otherwise. */
    private static final Map<String, String> SERVERS = Map.of("docker.io", "registry-1.docker.io");

    private final String name;
    private final URI address;
    private final Transport transport;
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
        boolean plain = options.plainHttp() || Transport.isThisMachine(encrypted.getHost());
        this.address = plain ? URI.create("http://" + server + "/v2/") : encrypted;
        this.transport = new Transport(options);
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

    Transport transport() {
        return transport;
    }

    RegistryOptions options() {
        return transport.options();
    }

    /**
     * Sends a request until the answer is a lasting one.
     *
     * @param tried what is tried, as the beginning of a sentence
     */
    Answer send(Request request, Scope scope, String repository, String tried) throws InterruptedException {
        Patience patience = new Patience(options(), tried);
        while (true) {
            try {
                Answer answer = sendOnce(request, scope, repository, new AtomicLong());
                if (!answer.isTransient()) {
                    return answer;
                }
                throw new TransientException(answer);
            } catch (TransientException e) {
                patience.await(e);
            }
        }
    }

    Answer sendOnce(Request request, Scope scope, String repository, AtomicLong moved)
            throws InterruptedException, TransientException {
        return sendOnce(request, scope, repository, sent -> transport.sendOnce(sent, moved));
    }

    Answer sendOnce(Request request, Scope scope, String repository, AtomicLong moved, BodyHandler<byte[]> content)
            throws InterruptedException, TransientException {
        return sendOnce(request, scope, repository, sent -> transport.sendOnce(sent, moved, content));
    }

    @FunctionalInterface
    private interface Sending {
        Answer send(Request request) throws InterruptedException, TransientException;
    }

    /** Sends a request, and if the registry wants to know who asks, once more. */
    private Answer sendOnce(Request request, Scope scope, String repository, Sending sending)
            throws InterruptedException, TransientException {
        if (!isOurs(request.address())) {
            return sending.send(request);
        }
        Authentication authentication = authentication(repository);
        Optional<String> header = authentication.header(scope);
        Answer answer = sending.send(request.authorized(header));
        if (answer.status() == 401 && isOurs(answer.address()) && authentication.accept(answer, scope, header)) {
            return sending.send(request.authorized(authentication.header(scope)));
        }
        return answer;
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
        Authentication fresh = new Authentication(transport, name, credentials.find(name, repository));
        Authentication other = authentications.putIfAbsent(repository, fresh);
        return other == null ? fresh : other;
    }

    @Override
    public void close() {
        transport.close();
    }
}
