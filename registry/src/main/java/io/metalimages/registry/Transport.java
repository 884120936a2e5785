package io.metalimages.registry;

import io.metalimages.common.FaultException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLException;

/**
 * Sends requests and takes answers, with limits on what a server may do: where it may lead to, how much it may send, how
 * long it may keep silent. Thread-safe.
 */
final class Transport implements AutoCloseable {

    private static final int MOST_REDIRECTS = 5;
    private static final Duration LONGEST_CONNECTING = Duration.ofSeconds(30);
    private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);
    private static final Set<Integer> REDIRECTS_THAT_KEEP_THE_METHOD = Set.of(307, 308);

    private final RegistryOptions options;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(LONGEST_CONNECTING)
            .executor(threads)
            .build();

    Transport(RegistryOptions options) {
        this.options = options;
    }

    RegistryOptions options() {
        return options;
    }

    /** Whether {@code host} is this machine, by a name that no resolver can change. */
    static boolean isThisMachine(String host) {
        return Set.of("localhost", "127.0.0.1", "[::1]", "::1").contains(host);
    }

    /**
     * Sends a request again and again until the answer is a lasting one.
     *
     * @param tried what is tried, as the beginning of a sentence
     * @throws FaultException if that does not come to pass
     */
    Answer send(Request request, String tried) throws InterruptedException {
        Patience patience = new Patience(options, tried);
        while (true) {
            try {
                Answer answer = sendOnce(request, new AtomicLong());
                if (!answer.isTransient()) {
                    return answer;
                }
                throw new TransientException(answer);
            } catch (TransientException e) {
                patience.await(e);
            }
        }
    }

    /**
     * Sends a request once, and follows redirects.
     *
     * @param moved grows with each byte that the other side takes or sends
     * @throws TransientException if no answer came; any answer is returned
     */
    Answer sendOnce(Request request, AtomicLong moved) throws InterruptedException, TransientException {
        return sendOnce(
                request,
                moved,
                information -> BoundedBody.inMemory(request.largestAnswer(), bytes -> moved.incrementAndGet()));
    }

    /** The same, with the bytes of a successful answer going where {@code content} says. */
    Answer sendOnce(Request request, AtomicLong moved, BodyHandler<byte[]> content)
            throws InterruptedException, TransientException {
        Request next = request;
        for (int redirects = 0; ; redirects++) {
            Answer answer = exchange(next, moved, content);
            if (!REDIRECTS.contains(answer.status())) {
                return answer;
            }
            if (redirects == MOST_REDIRECTS) {
                throw FaultException.remote(
                        request.address().getAuthority() + " leads from one address to the next, more than "
                                + MOST_REDIRECTS + " times.",
                        null);
            }
            next = next.redirected(target(next, answer));
        }
    }

    private URI target(Request request, Answer answer) {
        URI target = answer.location()
                .orElseThrow(
                        () -> FaultException.remote(answer.told() + ", a redirect, and does not say where to.", null));
        if (!request.isReading() && !REDIRECTS_THAT_KEEP_THE_METHOD.contains(answer.status())) {
            throw FaultException.remote(
                    answer.told() + ", a redirect that cannot be followed with what is to be sent.", null);
        }
        requirePermitted(target, answer.address());
        return target;
    }

    /**
     * Sees to it that nothing is sent in the open unless that was asked for.
     *
     * @param origin who named {@code target}
     */
    void requirePermitted(URI target, URI origin) {
        boolean plain = "http".equalsIgnoreCase(target.getScheme());
        boolean encrypted = "https".equalsIgnoreCase(target.getScheme());
        boolean staysHere = isThisMachine(target.getHost()) && "http".equalsIgnoreCase(origin.getScheme());
        if (!encrypted && !(plain && (options.plainHttp() || staysHere))) {
            throw FaultException.remote(
                    origin.getAuthority() + " leads to " + target.getScheme() + "://" + target.getAuthority()
                            + ", where nothing would be encrypted.",
                    plain ? "If that is meant, allow it by: --plain-http" : null);
        }
    }

    private Answer exchange(Request request, AtomicLong moved, BodyHandler<byte[]> content)
            throws InterruptedException, TransientException {
        HttpRequest.Builder builder = HttpRequest.newBuilder(request.address())
                .method(request.method(), request.body().get());
        request.headers().forEach(builder::header);
        request.authorization().ifPresent(value -> builder.header("Authorization", value));
        CompletableFuture<HttpResponse<byte[]>> future = client.sendAsync(builder.build(), content);
        try {
            HttpResponse<byte[]> response = await(future, moved);
            return new Answer(request.address(), response.statusCode(), response.headers(), response.body());
        } catch (ExecutionException e) {
            throw explain(
                    request, e.getCause() instanceof IOException trouble ? trouble : new IOException(e.getCause()));
        } finally {
            future.cancel(true);
        }
    }

    /** Waits as long as something moves. */
    private HttpResponse<byte[]> await(CompletableFuture<HttpResponse<byte[]>> future, AtomicLong moved)
            throws InterruptedException, ExecutionException, TransientException {
        while (true) {
            long before = moved.get();
            try {
                return future.get(options.longestSilence().toNanos(), TimeUnit.NANOSECONDS);
            } catch (TimeoutException e) {
                if (moved.get() == before) {
                    throw new TransientException(
                            "nothing was heard for " + options.longestSilence().toSeconds() + " s", e);
                }
            }
        }
    }

    private static TransientException explain(Request request, IOException trouble) {
        String server = request.address().getAuthority();
        for (Throwable cause = trouble; cause != null; cause = cause.getCause()) {
            switch (cause) {
                case BodyTooLargeException e ->
                    throw FaultException.remote(server + " sends too much: " + e.getMessage() + ".", null);
                case SSLException e ->
                    throw new FaultException(
                            FaultException.Category.REMOTE_FAULT,
                            "No encrypted connection to " + server + " came about: " + Answer.shown(reason(e)) + ".",
                            "Look at the server's certificate. A registry without encryption has to be asked for:"
                                    + " --plain-http",
                            trouble);
                case ConnectException e
                when e.getCause() instanceof UnresolvedAddressException -> {
                    return new TransientException(
                            "the name " + request.address().getHost() + " is not known", e);
                }
                case ConnectException e -> {
                    return new TransientException("no connection to " + server + " (" + reason(e) + ")", e);
                }
                default -> {}
            }
        }
        return new TransientException("the connection to " + server + " broke (" + reason(trouble) + ")", trouble);
    }

    private static String reason(Throwable trouble) {
        return Objects.requireNonNullElse(
                trouble.getMessage(), trouble.getClass().getSimpleName().replaceFirst("Exception$", ""));
    }

    @Override
    public void close() {
        client.shutdownNow();
        client.close();
        threads.shutdownNow();
        threads.close();
    }
}
