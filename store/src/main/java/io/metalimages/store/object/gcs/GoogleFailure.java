package io.metalimages.store.object.gcs;

import io.metalimages.store.object.StoreException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What an answer means that is no success. The reasons are those of "HTTP status and error codes for JSON". */
final class GoogleFailure {

    /** Of a request that did not arrive as it was sent. */
    private static final Set<String> DAMAGE = Set.of("parseError", "badContent");

    private static final Set<String> LIMITS = Set.of("rateLimitExceeded", "userRateLimitExceeded");

    private static final int BAD_REQUEST = 400;
    private static final int UNAUTHORIZED = 401;
    private static final int FORBIDDEN = 403;
    private static final int NOT_FOUND = 404;
    private static final int REQUEST_TIMEOUT = 408;
    private static final int CONFLICT = 409;
    private static final int GONE = 410;
    private static final int PRECONDITION_FAILED = 412;
    private static final int RANGE_NOT_SATISFIABLE = 416;
    private static final int TOO_MANY_REQUESTS = 429;
    private static final int SERVER_ERROR = 500;
    private static final int NOT_IMPLEMENTED = 501;

    private static final int LONGEST_TEXT = 300;

    private final int status;
    private final String reason;
    private final String text;
    private final String what;
    private final String address;

    /** @param body the answer's: JSON, or, from some methods, plain text */
    GoogleFailure(int status, byte[] body, String what, String address) {
        this.status = status;
        this.what = what;
        this.address = address;
        JsonNode error = error(body);
        reason = error.path("errors").path(0).path("reason").asString("");
        text = shown(error.path("message").asString(""));
    }

    private static JsonNode error(byte[] body) {
        try {
            return JsonMapper.shared().readTree(body).path("error");
        } catch (JacksonException notJson) {
            return JsonMapper.shared().createObjectNode().put("message", new String(body, StandardCharsets.UTF_8));
        }
    }

    private static String shown(String text) {
        String line = text.codePoints()
                .map(point -> Character.isISOControl(point) ? ' ' : point)
                .limit(LONGEST_TEXT)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString()
                .strip();
        // A page in HTML, which a proxy may send, says nothing that the status does not.
        return line.startsWith("<") ? "" : line.replaceAll("\\.+$", "");
    }

    /** There is no such object. */
    boolean isAbsence() {
        return status == NOT_FOUND && !text.contains("bucket does not exist");
    }

    /** The condition of a write was not fulfilled. */
    boolean isUnmetCondition() {
        return status == PRECONDITION_FAILED;
    }

    /** The range starts behind the end of the object. */
    boolean isBehindTheEnd() {
        return status == RANGE_NOT_SATISFIABLE;
    }

    /** There is no such upload, or not any more. */
    boolean isLostUpload() {
        return status == NOT_FOUND || status == GONE;
    }

    /** Whether the server may well answer otherwise when it is asked again. */
    static boolean isTransient(int status) {
        return status == REQUEST_TIMEOUT
                || status == CONFLICT
                || status == TOO_MANY_REQUESTS
                || (status >= SERVER_ERROR && status != NOT_IMPLEMENTED);
    }

    /** What is thrown if the failure says nothing in particular about the object. */
    StoreException exception() {
        String message = "Tried to " + what + " in " + address + " but failed: the server answered " + status
                + (reason.isEmpty() ? "" : " " + shown(reason)) + (text.isEmpty() ? "" : ", " + text) + ".";
        if (status == BAD_REQUEST && (DAMAGE.contains(reason) || text.contains("doesn't match calculated"))) {
            return new StoreException.ContentDamaged(message, null);
        }
        if (isTransient(status) || LIMITS.contains(reason)) {
            return new StoreException.Unavailable(message, null);
        }
        return switch (status) {
            case UNAUTHORIZED -> new StoreException.Refused(message, GoogleCredentials.REMEDY, null);
            case FORBIDDEN ->
                new StoreException.Refused(
                        message,
                        "Give the account the role Storage Object User for the bucket, or take another.",
                        null);
            case NOT_FOUND -> new StoreException.Refused(message, "Look at the bucket's name.", null);
            default -> new StoreException.Refused(message, null);
        };
    }

    /** Why no answer came, without a full stop. */
    static String reason(Exception cause) {
        return Objects.requireNonNullElse(
                        cause.getMessage(), cause.getClass().getSimpleName().replaceFirst("Exception$", ""))
                .replaceAll("\\.$", "");
    }
}
