package io.metalimages.metalapi;

import io.metalimages.common.FaultException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A client of metal-api's version 1, for images. Thread-safe.
 *
 * <p>What fails for a reason that may soon be over is tried again, with pauses that grow. That does no harm where an
 * attempt seemed to fail and did its work: an image has one entry for each id, and an update says all that is to be.
 *
 * <p>No redirect is followed, so that credentials go nowhere but to {@link MetalApiOptions#base}. Each of the methods
 * throws a {@link FaultException} if metal-api refuses, does not answer after all attempts, or is none.
 */
public final class MetalApi implements AutoCloseable {

    private static final int LARGEST_IMAGE = 1 << 20;
    private static final int LARGEST_LIST = 64 << 20;
    private static final int FORBIDDEN = 403;
    private static final int UNAUTHORIZED = 401;
    private static final int NOT_FOUND = 404;
    private static final int CONFLICT = 409;

    private final MetalApiOptions options;
    private final Transport transport;
    private final ImageJson json;

    public MetalApi(MetalApiOptions options) {
        this.options = options;
        this.transport = new Transport(
                HttpClient.Redirect.NEVER,
                new Transport.Patience(
                        options.attempts(),
                        options.firstPause(),
                        options.longestPause(),
                        options.longestAnswer(),
                        note -> options.notes().accept(options.authentication().conceal(note))));
        this.json = new ImageJson("The answer of " + options.base());
    }

    /** All images, without the machines that use them. */
    public List<RegisteredImage> images() throws InterruptedException {
        return list("");
    }

    /** All images, with the machines that use them: that takes metal-api longer. */
    public List<RegisteredImage> imagesWithUsage() throws InterruptedException {
        return list("?show-usage=true");
    }

    private List<RegisteredImage> list(String query) throws InterruptedException {
        return attempt("Listing the images of " + options.base(), uncertain -> {
            Answer answer = exchange("GET", query, BodyPublishers.noBody(), LARGEST_LIST);
            return json.readList(required(answer).body());
        });
    }

    /** The image of exactly that id, if there is one; without the machines that use it. */
    public Optional<RegisteredImage> find(ImageId id) throws InterruptedException {
        return attempt("Looking for " + id + " in " + options.base(), uncertain -> lookUp(id));
    }

    private Optional<RegisteredImage> lookUp(ImageId id) throws TransientException, InterruptedException {
        return image(exchange("GET", "/" + segment(id), BodyPublishers.noBody(), LARGEST_IMAGE));
    }

    /** The image that a machine gets for whom that id is asked, if there is one; see {@link ImageId#mostRecent}. */
    public Optional<RegisteredImage> mostRecent(ImageId asked) throws InterruptedException {
        return attempt(
                "Looking for the most recent " + asked + " in " + options.base(),
                uncertain -> image(
                        exchange("GET", "/" + segment(asked) + "/latest", BodyPublishers.noBody(), LARGEST_IMAGE)));
    }

    private Optional<RegisteredImage> image(Answer answer) {
        return answer.status() == NOT_FOUND && answer.errorMessage().isPresent()
                ? Optional.empty()
                : Optional.of(json.read(required(answer).body()));
    }

    /**
     * Makes an entry.
     *
     * @throws FaultException also if there is another one of that id
     */
    public RegisteredImage create(ImageEntry entry) throws InterruptedException {
        return attempt("Registering " + entry.id() + " with " + options.base(), uncertain -> {
            Answer answer = exchange("PUT", "", BodyPublishers.ofByteArray(ImageJson.write(entry)), LARGEST_IMAGE);
            if (answer.status() == CONFLICT && uncertain) {
                // By an attempt whose answer was lost?
                Optional<RegisteredImage> there = lookUp(entry.id()).filter(entry::isMetBy);
                if (there.isPresent()) {
                    return there.get();
                }
            }
            return json.read(required(answer).body());
        });
    }

    /**
     * Changes the entry of that id.
     *
     * @throws FaultException also if there is none
     */
    public RegisteredImage update(ImageEntry entry) throws InterruptedException {
        return attempt("Changing " + entry.id() + " in " + options.base(), uncertain -> {
            Answer answer = exchange("POST", "", BodyPublishers.ofByteArray(ImageJson.write(entry)), LARGEST_IMAGE);
            if (answer.status() == CONFLICT) {
                // Somebody else changed it between metal-api's own reading and writing.
                throw new TransientException(answer);
            }
            return json.read(required(answer).body());
        });
    }

    private static String segment(ImageId id) {
        return URLEncoder.encode(id.toString(), StandardCharsets.UTF_8).replace("+", "%20");
    }

    private <T> T attempt(String tried, Transport.Work<T> work) throws InterruptedException {
        try {
            return transport.attempt(tried, work);
        } catch (FaultException e) {
            throw concealed(e);
        }
    }

    /** Also the words of who answered may have the secret in them: an error page that repeats the request. */
    private FaultException concealed(FaultException fault) {
        String message = options.authentication().conceal(String.valueOf(fault.getMessage()));
        return message.equals(fault.getMessage())
                ? fault
                : new FaultException(fault.category(), message, fault.remedy().orElse(null), null);
    }

    private Answer exchange(String method, String rest, BodyPublisher body, int largestAnswer)
            throws TransientException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(options.base() + "/v1/image" + rest))
                .method(method, body)
                .header("Accept", "application/json")
                .header("Content-Type", "application/json");
        options.authentication().headers(method, Instant.now()).forEach(request::header);
        return transport.send(request.build(), largestAnswer);
    }

    private Answer required(Answer answer) {
        if (answer.succeeded()) {
            return answer;
        }
        String message = "metal-api refused: " + answer.told() + ".";
        throw switch (answer.status()) {
            case FORBIDDEN, UNAUTHORIZED ->
                fault(
                        FaultException.Category.WRONG_INPUT,
                        message,
                        "Look at " + options.authentication()
                                + ": it must be right, and an administrator's for changes. With an HMAC key the clocks of"
                                + " both machines must agree.");
            case NOT_FOUND, 405 ->
                fault(
                        FaultException.Category.WRONG_INPUT,
                        message,
                        answer.errorMessage().isPresent()
                                ? null
                                : "Look at the address: a metal-api answers otherwise. Often it ends in /metal.");
            case CONFLICT ->
                fault(FaultException.Category.REMOTE_FAULT, message, "Somebody else was faster. Run it again.");
            default ->
                fault(
                        FaultException.Category.REMOTE_FAULT,
                        message,
                        answer.header("Location")
                                .filter(place -> answer.isRedirect())
                                .map(place -> "It leads to " + Answer.shown(place)
                                        + ". Credentials are not sent after a redirect: name the right address.")
                                .orElse(null));
        };
    }

    private static FaultException fault(FaultException.Category category, String message, @Nullable String remedy) {
        return new FaultException(category, message, remedy, null);
    }

    @Override
    public void close() {
        transport.close();
    }
}
