package io.metalimages.registry;

import io.metalimages.common.Digest;
import io.metalimages.common.FaultException;
import io.metalimages.common.ForeignText;
import io.metalimages.http.Attempt;
import io.metalimages.http.Request;
import io.metalimages.http.Response;
import io.metalimages.http.TransientException;
import io.metalimages.http.WebClient;
import io.metalimages.http.WebContent;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;

/** Sends what is asked of one repository, with the credentials that are for it. Thread-safe. */
final class RepositoryClient {

    private static final String DIGEST = "Docker-Content-Digest";

    private final Registry registry;
    private final ImageReference name;
    private final Scope reading;
    private final Scope writing;

    RepositoryClient(Registry registry, ImageReference name) {
        this.registry = registry;
        this.name = name;
        this.reading = Scope.reading(name.repository());
        this.writing = Scope.writing(name.repository());
    }

    /** Its name with the registry's, without tag and digest. */
    ImageReference name() {
        return name;
    }

    RegistryOptions options() {
        return registry.options();
    }

    URI address(String path) {
        return registry.address().resolve(name.repository() + "/" + path);
    }

    <T> T attempt(String task, Attempt<T, RuntimeException> attempt) throws InterruptedException {
        return registry.client().attempt(task, attempt);
    }

    Response<byte[]> exchange(Request request) throws InterruptedException, TransientException {
        return registry.exchange(request, writing, name.repository());
    }

    Response<byte[]> read(Request request, String task) throws InterruptedException {
        return registry.send(request, reading, name.repository(), task);
    }

    Response<byte[]> change(Request request, String task) throws InterruptedException {
        return registry.send(request, writing, name.repository(), task);
    }

    void requirePermitted(URI target, URI origin) {
        registry.requirePermitted(target, origin);
    }

    /** Changes something that needs a blob of another repository. */
    Response<byte[]> changeFrom(String otherRepository, Request request, String task) throws InterruptedException {
        return registry.send(request, writing.and(Scope.reading(otherRepository)), name.repository(), task);
    }

    /** Content that is read from its beginning to its end, whatever happens to the connection. */
    WebContent content(Request request, WebContent.Opener opener) throws InterruptedException {
        return registry.client().get(request, opener, Set.of()).orElseThrow();
    }

    /**
     * Opens what is to be read.
     *
     * @throws FaultException if the registry does not give it
     */
    Response<InputStream> open(Request request, String task) throws TransientException, InterruptedException {
        Response<InputStream> response = registry.open(request, reading, name.repository());
        if (!response.succeeded()) {
            throw ErrorResponse.fault(
                    ErrorResponse.requireLasting(registry.client().readWhole(response, request.largestResponse())),
                    task);
        }
        return response;
    }

    /** Whether the registry gives what is asked for; it is not read. */
    boolean canBeRead(Request request, String task) throws InterruptedException {
        return registry.client().attempt(task, number -> {
            Response<InputStream> response = registry.open(request, reading, name.repository());
            if (response.status() == 404 || response.succeeded()) {
                WebClient.discard(response);
                return response.succeeded();
            }
            throw ErrorResponse.fault(
                    ErrorResponse.requireLasting(registry.client().readWhole(response, request.largestResponse())),
                    task);
        });
    }

    /** Sees to it that the registry, if it says which content it means, means this. */
    void requireDigest(Response<?> response, Digest wanted) {
        response.header(DIGEST)
                .filter(said -> !said.equals(Descriptor.written(wanted)))
                .ifPresent(said -> {
                    throw FaultException.remote(
                            response.address().getAuthority() + " says that the digest of what it has is "
                                    + ForeignText.line(said) + ", and it should be " + Descriptor.written(wanted) + ".",
                            null);
                });
    }

    /** Which content a registry says that it means. */
    static Optional<Digest> digest(Response<?> response) {
        return response.header(DIGEST).flatMap(Descriptor::parse);
    }

    static FaultException otherDigest(String task, Digest wanted, Digest actual) {
        return FaultException.remote(
                task + " failed: what came is not what was asked for. Its digest is " + Descriptor.written(actual)
                        + ", and not " + Descriptor.written(wanted) + ".",
                null);
    }

    /** What can stand in a query. */
    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
