package io.metalimages.metalapi;

import io.metalimages.common.FaultException;
import io.metalimages.http.Handshake;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;

/** Sends requests and takes answers, with limits on how long one may take and how large it may be. Thread-safe. */
final class Transport implements AutoCloseable {

    private static final Duration LONGEST_CONNECTING = Duration.ofSeconds(10);

    /**
     * How long to go on.
     *
     * @param attempts at least 1
     * @param firstPause before the second attempt; doubled for each further one
     * @param longestPause the most that is waited, even if the other side asks for more
     * @param longestAnswer how long a whole answer may take
     * @param notes is told of each failure that is not the last
     */
    record Patience(
            int attempts, Duration firstPause, Duration longestPause, Duration longestAnswer, Consumer<String> notes) {}

    /** What is tried. */
    @FunctionalInterface
    interface Work<T> {

        /**
         * Tries it once.
         *
         * @param uncertain whether an attempt that failed may have done it
         */
        T perform(boolean uncertain) throws TransientException, InterruptedException;
    }

    private final Patience patience;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpClient client;

    Transport(HttpClient.Redirect redirects, Patience patience) {
        this.patience = patience;
        client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(redirects)
                .connectTimeout(LONGEST_CONNECTING)
                .executor(threads)
                .build();
    }

    /**
     * Does work again and again until it succeeds, or fails for good.
     *
     * @param tried what is tried, as the beginning of a sentence
     * @throws FaultException if there were enough attempts
     */
    <T> T attempt(String tried, Work<T> work) throws InterruptedException {
        Duration pause = patience.firstPause();
        for (int attempt = 1; ; attempt++) {
            try {
                return work.perform(attempt > 1);
            } catch (TransientException e) {
                if (attempt == patience.attempts()) {
                    String times = attempt == 1 ? "" : " " + attempt + " times";
                    throw new FaultException(
                            FaultException.Category.REMOTE_FAULT,
                            tried + " failed" + times + ": " + e.getMessage() + ".",
                            "Try again later.",
                            e);
                }
                patience.notes()
                        .accept(tried + " failed: " + e.getMessage() + ". Trying again (" + (attempt + 1) + " of "
                                + patience.attempts() + ").");
                // Those who failed together should not come back together.
                double spread = 0.75 + ThreadLocalRandom.current().nextDouble() / 2;
                Duration own = Duration.ofNanos((long) (pause.toNanos() * spread));
                Thread.sleep(shorter(e.asked().orElse(own), patience.longestPause()));
                pause = shorter(pause.multipliedBy(2), patience.longestPause());
            }
        }
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    /**
     * Sends a request once.
     *
     * @param largestAnswer the most bytes that the answer's body may have
     * @throws TransientException if no whole answer came, or one that may soon be another
     */
    Answer send(HttpRequest request, int largestAnswer) throws TransientException, InterruptedException {
        Future<Answer> future = threads.submit(() -> {
            HttpResponse<InputStream> response = client.send(request, HttpResponse.BodyHandlers.ofInputStream());
            try (InputStream body = response.body()) {
                byte[] bytes = body.readNBytes(largestAnswer + 1);
                if (bytes.length > largestAnswer) {
                    throw FaultException.remote(
                            request.uri().getAuthority() + " sends more than " + largestAnswer + " bytes.", null);
                }
                return new Answer(response.uri(), response.statusCode(), response.headers(), bytes);
            }
        });
        try {
            Answer answer = future.get(patience.longestAnswer().toNanos(), TimeUnit.NANOSECONDS);
            if (answer.isTransient()) {
                throw new TransientException(answer);
            }
            return answer;
        } catch (TimeoutException e) {
            throw new TransientException(
                    request.uri().getAuthority() + " did not answer within "
                            + patience.longestAnswer().toMillis() / 1000.0 + " s",
                    e);
        } catch (ExecutionException e) {
            throw explain(request, e);
        } finally {
            future.cancel(true);
        }
    }

    private static TransientException explain(HttpRequest request, ExecutionException failure) {
        String server = request.uri().getAuthority();
        for (Throwable cause = failure.getCause(); cause != null; cause = cause.getCause()) {
            switch (cause) {
                case FaultException e -> throw e;
                case SSLException e -> throw notEncrypted(server, e);
                case HttpConnectTimeoutException e -> {
                    Optional<SSLException> fault = Handshake.fault(request.uri(), LONGEST_CONNECTING);
                    if (fault.isPresent()) {
                        throw notEncrypted(server, fault.get());
                    }
                    return new TransientException("no connection to " + server + " (" + reason(e) + ")", e);
                }
                case ConnectException e
                when e.getCause() instanceof UnresolvedAddressException -> {
                    return new TransientException("the name " + request.uri().getHost() + " is not known", e);
                }
                case ConnectException e -> {
                    return new TransientException("no connection to " + server + " (" + reason(e) + ")", e);
                }
                case IOException e -> {
                    return new TransientException("the connection to " + server + " broke (" + reason(e) + ")", e);
                }
                default -> {}
            }
        }
        throw new IllegalStateException(failure.getCause());
    }

    private static FaultException notEncrypted(String server, SSLException failure) {
        return new FaultException(
                FaultException.Category.REMOTE_FAULT,
                "No encrypted connection to " + server + " came about: " + Answer.shown(reason(failure)) + ".",
                "Look at the server's certificate, and whether it speaks HTTPS there.",
                failure);
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
