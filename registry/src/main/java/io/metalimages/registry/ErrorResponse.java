package io.metalimages.registry;

import io.metalimages.common.FaultException;
import io.metalimages.common.FaultException.Category;
import io.metalimages.common.ForeignText;
import io.metalimages.http.Response;
import io.metalimages.http.TransientException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What a registry says of a request that it did not fulfil; see the distribution specification, "Error Codes". */
final class ErrorResponse {

    private static final int MOST_ERRORS_SHOWN = 5;

    private ErrorResponse() {}

    /**
     * Lets a response pass that is not to be expected otherwise from another attempt.
     *
     * @throws TransientException if another attempt may succeed
     */
    static Response<byte[]> requireLasting(Response<byte[]> response) throws TransientException {
        if (response.isTransient()) {
            throw new TransientException(summary(response), response);
        }
        return response;
    }

    /**
     * That the work cannot go on, in the server's own words.
     *
     * @param task what was attempted, as the beginning of a sentence
     */
    static FaultException fault(Response<byte[]> response, String task) {
        String message = task + " failed: " + summary(response) + ".";
        return switch (response.status()) {
            case 401, 403 ->
                FaultException.wrongInput(
                        message,
                        "Log in, for instance by: docker login "
                                + response.address().getAuthority()
                                + " (or skopeo login); the account needs the right to do this.");
            case 404 -> FaultException.wrongInput(message, "Look at the name.");
            case 413 -> FaultException.remote(message, "The registry has a limit on sizes.");
            default ->
                new FaultException(
                        Category.REMOTE_FAULT, message, response.isTransient() ? "Try again later." : null, null);
        };
    }

    /** Who answered what: {@code registry.example.com answered 403: DENIED, access denied}. */
    static String summary(Response<byte[]> response) {
        String errors = errors(response);
        return response.summary() + (errors.isEmpty() ? "" : ": " + errors);
    }

    /** The errors as the specification has them, or else the beginning of whatever text was sent. */
    private static String errors(Response<byte[]> response) {
        if (response.body().length == 0) {
            return "";
        }
        try {
            return JsonDocument.read(response.body(), "The response").objects("errors").stream()
                    .limit(MOST_ERRORS_SHOWN)
                    .map(error -> Stream.of(error.optionalText("code"), error.optionalText("message"))
                            .flatMap(Optional::stream)
                            .filter(text -> !text.isBlank())
                            .map(ForeignText::line)
                            .collect(Collectors.joining(", ")))
                    .collect(Collectors.joining("; "));
        } catch (FaultException notAsSpecified) {
            return MediaTypes.of(response).startsWith("text/plain")
                    ? ForeignText.line(new String(response.body(), StandardCharsets.UTF_8))
                    : "";
        }
    }
}
