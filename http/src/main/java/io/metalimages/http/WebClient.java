package io.metalimages.http;

import io.metalimages.common.FaultException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Sends requests to web servers, with limits on what a server may do: where it may lead to, how much it may send, how long
 * it may keep silent. Thread-safe.
 */
public final class WebClient implements AutoCloseable {

    private static final int MOST_REDIRECTS = 5;
    private static final Duration LONGEST_CONNECTING = Duration.ofSeconds(10);
    private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);
    private static final Set<Integer> REDIRECTS_THAT_KEEP_THE_METHOD = Set.of(307, 308);

    private static final String PROXY_AUTHORIZATION = "Proxy-Authorization";

    static {
        // The JDK sends no password to a proxy for encrypted connections unless it is told to, before its client is
        // loaded.
        String disabledSchemes = "jdk.http.auth.tunneling.disabledSchemes";
        if (System.getProperty(disabledSchemes) == null) {
            System.setProperty(disabledSchemes, "");
        }
    }

    private final WebOptions options;
    private final Proxies proxies;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpClient client;

    /** A client that heeds the proxies of this process's environment. */
    public WebClient(WebOptions options) {
        this(options, Proxies.of(System.getenv()));
    }

    public WebClient(WebOptions options, Proxies proxies) {
        this.options = options;
        this.proxies = proxies;
        HttpClient.Builder builder = HttpClient.newBuilder();
        options.encryption().ifPresent(builder::sslContext);
        this.client = builder.version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(LONGEST_CONNECTING)
                .proxy(proxies)
                .executor(threads)
                .build();
    }

    /**
     * Makes attempts until one succeeds, or fails for good, with pauses between them.
     *
     * @param task what is attempted, as the beginning of a sentence: {@code Listing the tags}
     * @throws FaultException with {@link FaultException.Category#REMOTE_FAULT} after the last attempt
     */
    public <T, E extends Exception> T attempt(String task, Attempt<T, E> attempt) throws InterruptedException, E {
        RetryPolicy policy = options.policy();
        for (int number = 1; ; number++) {
            try {
                return attempt.perform(number);
            } catch (TransientException e) {
                if (number == policy.attempts()) {
                    throw new FaultException(
                            FaultException.Category.REMOTE_FAULT,
                            task + " failed" + (number == 1 ? "" : " " + number + " times") + ": " + e.getMessage()
                                    + ".",
                            "Try again later.",
                            e);
                }
                options.notes()
                        .accept(task + " failed: " + e.getMessage() + ". Trying again (" + (number + 1) + " of "
                                + policy.attempts() + ").");
                Thread.sleep(policy.pause(number, e.retryAfter()));
            }
        }
    }

    /**
     * Sends a request once, and reads the body of the response into memory.
     *
     * @return the response, whatever its status
     * @throws TransientException if no whole response came
     * @throws FaultException if it is too large, or a redirect that may not be followed
     */
    public Response<byte[]> exchange(Request request) throws TransientException, InterruptedException {
        return readWhole(open(request), request.largestResponse());
    }

    /**
     * Reads the body of a response into memory, and closes it.
     *
     * @param largest the most bytes that it may have
     * @throws TransientException if not all of it came
     * @throws FaultException if it is larger
     */
    public Response<byte[]> readWhole(Response<InputStream> response, int largest) throws TransientException {
        try (InputStream body = response.body()) {
            byte[] bytes = body.readNBytes(largest + 1);
            if (bytes.length > largest) {
                throw tooLarge(response.address(), largest);
            }
            return new Response<>(response.address(), response.status(), response.headers(), bytes);
        } catch (IOException e) {
            throw explain(response.address(), e);
        }
    }

    /**
     * Sends a request once.
     *
     * @return the response, whatever its status; its body is to be closed. Reading it throws an {@link IOException} if the
     *     server is silent for too long
     * @throws TransientException if no response came
     * @throws FaultException if it is a redirect that may not be followed
     */
    public Response<InputStream> open(Request request) throws TransientException, InterruptedException {
        Request next = request;
        for (int redirects = 0; ; redirects++) {
            Response<InputStream> response = send(next);
            if (options.redirects().isEmpty() || !REDIRECTS.contains(response.status())) {
                return response;
            }
            discard(response);
            if (redirects == MOST_REDIRECTS) {
                throw FaultException.remote(
                        request.address().getAuthority() + " leads from one address to the next, more than "
                                + MOST_REDIRECTS + " times.",
                        null);
            }
            next = next.redirected(target(next, response, options.redirects().get()));
        }
    }

    private static URI target(Request request, Response<?> response, RedirectRule rule) {
        URI target = response.location()
                .orElseThrow(() ->
                        FaultException.remote(response.summary() + ", a redirect, and does not say where to.", null));
        if (!request.isReading() && !REDIRECTS_THAT_KEEP_THE_METHOD.contains(response.status())) {
            throw FaultException.remote(
                    response.summary() + ", a redirect that cannot be followed with what is to be sent.", null);
        }
        rule.requirePermitted(target, response.address());
        return target;
    }

    private Response<InputStream> send(Request request) throws TransientException, InterruptedException {
        AtomicLong sent = new AtomicLong();
        TimeLimits limits = TimeLimits.startingNow(
                request.address().getAuthority(), options.policy().silence(), request.limit());
        HttpRequest.Builder builder = HttpRequest.newBuilder(request.address())
                .method(request.method(), new CountingPublisher(request.body().publisher(), sent));
        request.headers().forEach(builder::header);
        proxies.authorization(request.address()).ifPresent(value -> builder.header(PROXY_AUTHORIZATION, value));
        CompletableFuture<HttpResponse<InputStream>> future =
                client.sendAsync(builder.build(), HttpResponse.BodyHandlers.ofInputStream());
        try {
            HttpResponse<InputStream> response = await(future, sent, limits);
            return new Response<>(
                    request.address(),
                    response.statusCode(),
                    response.headers(),
                    new WatchedInput(response.body(), limits));
        } catch (SilenceException e) {
            throw explain(request.address(), e);
        } catch (ExecutionException e) {
            throw explain(request.address(), Objects.requireNonNullElse(e.getCause(), e));
        } finally {
            future.cancel(true);
        }
    }

    /** Waits as long as something is sent. */
    private static HttpResponse<InputStream> await(
            CompletableFuture<HttpResponse<InputStream>> future, AtomicLong sent, TimeLimits limits)
            throws InterruptedException, ExecutionException, SilenceException {
        while (true) {
            long before = sent.get();
            try {
                return future.get(limits.next().toNanos(), TimeUnit.NANOSECONDS);
            } catch (TimeoutException e) {
                if (limits.isOver() || sent.get() == before) {
                    throw limits.excess(e);
                }
            }
        }
    }

    static FaultException tooLarge(URI address, long largest) {
        return FaultException.remote(address.getAuthority() + " sends more than " + largest + " bytes.", null);
    }

    /** Why no response, or not all of it, came from {@code address}. */
    TransientException explain(URI address, Throwable failure) {
        return ConnectionFailure.explain(address, proxies.find(address), failure, LONGEST_CONNECTING, options);
    }

    /** Closes a response that is of no interest. */
    public static void discard(Response<InputStream> response) {
        try {
            response.body().close();
        } catch (IOException e) {
            // It was of no interest.
        }
    }

    /**
     * The content at {@code address}.
     *
     * @param absent status codes that mean that there is none
     * @return empty if there is none
     * @throws FaultException with {@link FaultException.Category#REMOTE_FAULT} if the server does not give it
     */
    public Optional<WebContent> get(URI address, Set<Integer> absent) throws InterruptedException {
        return get(Request.of("GET", address), this::open, absent);
    }

    /**
     * The content that a request asks for.
     *
     * @param opener sends the request, also for another part of the content
     * @param absent status codes that mean that there is none
     */
    public Optional<WebContent> get(Request request, WebContent.Opener opener, Set<Integer> absent)
            throws InterruptedException {
        return attempt("Reading " + request.address(), number -> {
            Response<InputStream> response = opener.open(request);
            if (absent.contains(response.status())) {
                discard(response);
                return Optional.empty();
            }
            WebContent.requireSuccess(response);
            return Optional.of(new WebContent(this, opener, request, response));
        });
    }

    @Override
    public void close() {
        client.shutdownNow();
        client.close();
        threads.shutdownNow();
        threads.close();
    }
}
