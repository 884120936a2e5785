package io.metalimages.metalapi;

import io.metalimages.common.ForeignText;
import io.metalimages.http.Response;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What metal-api, or who stands in its place, says of a request that it did not fulfil. */
final class ErrorResponse {

    private ErrorResponse() {}

    /**
     * Why metal-api did not do what it was asked to, in its own words: the {@code message} of an {@code
     * httperrors.HTTPErrorResponse}, or a mere JSON string, which is what it sends to a stranger. Empty if the response is
     * neither; then it may be somebody else who responded.
     */
    static Optional<String> message(Response<byte[]> response) {
        try {
            JsonNode error = JsonMapper.shared().readTree(response.body());
            boolean isError = error.isObject() && error.path("statuscode").asInt(0) == response.status();
            JsonNode message = isError ? error.path("message") : error;
            return message.isString() ? Optional.of(ForeignText.line(message.asString())) : Optional.empty();
        } catch (JacksonException notJson) {
            return Optional.empty();
        }
    }

    /** Who answered what: {@code api.example.com answered 404: no image with id "x" found}. */
    static String summary(Response<byte[]> response) {
        return response.summary()
                + message(response).map(message -> ": " + message).orElse("");
    }
}
