package io.metalimages.metalapi;

import io.metalimages.common.FaultException;
import io.metalimages.common.ForeignText;
import io.metalimages.http.Attempt;
import io.metalimages.http.Request;
import io.metalimages.http.RequestBody;
import io.metalimages.http.Response;
import io.metalimages.http.TransientException;
import io.metalimages.http.WebClient;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
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
    private final WebClient client;
    private final ImageJson json;

    public MetalApi(MetalApiOptions options) {
        this.options = options;
        this.client = new WebClient(options.webOptions()
                .withoutRedirects()
                .withNotes(
                        note -> options.notes().accept(options.authentication().conceal(note))));
        this.json = new ImageJson("The response of " + options.base());
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
        return attempt("Listing the images of " + options.base(), number -> {
            Response<byte[]> response = exchange("GET", query, RequestBody.EMPTY, LARGEST_LIST);
            return json.readList(required(response).body());
        });
    }

    /** The image of exactly that id, if there is one; without the machines that use it. */
    public Optional<RegisteredImage> find(ImageId id) throws InterruptedException {
        return attempt("Looking for " + id + " in " + options.base(), number -> lookUp(id));
    }

    private Optional<RegisteredImage> lookUp(ImageId id) throws TransientException, InterruptedException {
        return image(exchange("GET", "/" + segment(id), RequestBody.EMPTY, LARGEST_IMAGE));
    }

    /** The image that a machine gets for whom that id is asked, if there is one; see {@link ImageId#mostRecent}. */
    public Optional<RegisteredImage> mostRecent(ImageId asked) throws InterruptedException {
        return attempt(
                "Looking for the most recent " + asked + " in " + options.base(),
                number -> image(exchange("GET", "/" + segment(asked) + "/latest", RequestBody.EMPTY, LARGEST_IMAGE)));
    }

    private Optional<RegisteredImage> image(Response<byte[]> response) {
        return response.status() == NOT_FOUND && ErrorResponse.message(response).isPresent()
                ? Optional.empty()
                : Optional.of(json.read(required(response).body()));
    }

    /**
     * Makes an entry.
     *
     * @throws FaultException also if there is another one of that id
     */
    public RegisteredImage create(ImageEntry entry) throws InterruptedException {
        return attempt("Registering " + entry.id() + " with " + options.base(), number -> {
            Response<byte[]> response = exchange("PUT", "", RequestBody.of(ImageJson.write(entry)), LARGEST_IMAGE);
            if (response.status() == CONFLICT && number > 1) {
                // By an attempt whose response was lost?
                Optional<RegisteredImage> there = lookUp(entry.id()).filter(entry::isMetBy);
                if (there.isPresent()) {
                    return there.get();
                }
            }
            return json.read(required(response).body());
        });
    }

    /**
     * Changes the entry of that id.
     *
     * @throws FaultException also if there is none
     */
    public RegisteredImage update(ImageEntry entry) throws InterruptedException {
        return attempt("Changing " + entry.id() + " in " + options.base(), number -> {
            Response<byte[]> response = exchange("POST", "", RequestBody.of(ImageJson.write(entry)), LARGEST_IMAGE);
            if (response.status() == CONFLICT) {
                // Somebody else changed it between metal-api's own reading and writing.
                throw new TransientException(ErrorResponse.summary(response), response);
            }
            return json.read(required(response).body());
        });
    }

    private static String segment(ImageId id) {
        return URLEncoder.encode(id.toString(), StandardCharsets.UTF_8).replace("+", "%20");
    }

    private <T> T attempt(String task, Attempt<T, RuntimeException> attempt) throws InterruptedException {
        try {
            return client.attempt(task, attempt);
        } catch (FaultException e) {
            throw concealed(e);
        }
    }

    /** Also the words of who responded may have the secret in them: an error page that repeats the request. */
    private FaultException concealed(FaultException fault) {
        String message = options.authentication().conceal(String.valueOf(fault.getMessage()));
        return message.equals(fault.getMessage())
                ? fault
                : new FaultException(fault.category(), message, fault.remedy().orElse(null), null);
    }

    /** @throws TransientException also if the response may be another one next time */
    private Response<byte[]> exchange(String method, String rest, RequestBody body, int largestResponse)
            throws TransientException, InterruptedException {
        Request request = Request.of(method, URI.create(options.base() + "/v1/image" + rest))
                .sending(body)
                .with("Accept", "application/json")
                .with("Content-Type", "application/json")
                .takingAtMost(largestResponse)
                .within(options.longestResponse());
        for (Map.Entry<String, String> header :
                options.authentication().headers(method, Instant.now()).entrySet()) {
            request = request.with(header.getKey(), header.getValue());
        }
        Response<byte[]> response = client.exchange(request);
        if (response.isTransient()) {
            throw new TransientException(ErrorResponse.summary(response), response);
        }
        return response;
    }

    private Response<byte[]> required(Response<byte[]> response) {
        if (response.succeeded()) {
            return response;
        }
        String message = "metal-api refused: " + ErrorResponse.summary(response) + ".";
        throw switch (response.status()) {
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
                        ErrorResponse.message(response).isPresent()
                                ? null
                                : "Look at the address: a metal-api answers otherwise. Often it ends in /metal.");
            case CONFLICT ->
                fault(FaultException.Category.REMOTE_FAULT, message, "Somebody else was faster. Run it again.");
            default ->
                fault(
                        FaultException.Category.REMOTE_FAULT,
                        message,
                        response.header("Location")
                                .filter(place -> response.isRedirect())
                                .map(place -> "It leads to " + ForeignText.line(place)
                                        + ". Credentials are not sent after a redirect: name the right address.")
                                .orElse(null));
        };
    }

    private static FaultException fault(FaultException.Category category, String message, @Nullable String remedy) {
        return new FaultException(category, message, remedy, null);
    }

    @Override
    public void close() {
        client.close();
    }
}
