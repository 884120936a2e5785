package io.metalimages.store.object.s3;

import io.metalimages.common.FaultException;
import io.metalimages.common.ForeignText;
import io.metalimages.store.object.StoreException;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * What a failed request to a bucket means. The codes are those of S3's "Error responses".
 *
 * @param accepted whether the server took a signature before
 */
record S3Failure(SdkException cause, String what, String address, boolean accepted) {

    private static final String REMEDY =
            "Look at AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or ~/.aws/credentials, and at "
                    + "what this account may do with the bucket.";
    private static final String WRONG_SIGNATURE = "SignatureDoesNotMatch";

    private static final Set<String> DAMAGE = Set.of(
            "BadDigest",
            "InvalidDigest",
            "XAmzContentSHA256Mismatch",
            "XAmzContentChecksumMismatch",
            "InvalidPart",
            "InvalidPartOrder",
            WRONG_SIGNATURE);

    /** Also in the body of a response 200, as the server had begun it before it failed. */
    private static final Set<String> TRANSIENT = Set.of(
            "IncompleteBody",
            "InternalError",
            "NoSuchUpload",
            "OperationAborted",
            "ConditionalRequestConflict",
            "RequestTimeout",
            "ServiceUnavailable",
            "SlowDown",
            "Throttling",
            "ThrottlingException",
            "TooManyRequests");

    private static final Set<String> UNMET_CONDITION = Set.of("PreconditionFailed", "ConditionNotMet");
    private static final Set<String> ABSENCE = Set.of("NoSuchKey", "NotFound");
    private static final Set<String> UNKNOWN_HEADER =
            Set.of("InvalidArgument", "InvalidRequest", "NotImplemented", "UnsupportedArgument", "");

    private static final String WRONG_REGION = "AuthorizationHeaderMalformed";
    private static final String WRONG_CLOCK = "RequestTimeTooSkewed";
    private static final String BUCKET_REGION = "x-amz-bucket-region";

    /** In Amazon's message about a wrong region, the right one. */
    private static final Pattern EXPECTED_REGION = Pattern.compile("expecting '([a-z0-9-]{1,63})'");

    /** Makes what a failed request means. */
    @FunctionalInterface
    interface Factory {
        S3Failure of(SdkException cause, String what);
    }

    private static final int SUCCESS = 200;
    private static final int REDIRECTION = 300;
    private static final int BAD_REQUEST = 400;
    private static final int UNAUTHORIZED = 401;
    private static final int FORBIDDEN = 403;
    private static final int NOT_FOUND = 404;
    private static final int REQUEST_TIMEOUT = 408;
    private static final int CONFLICT = 409;
    private static final int PRECONDITION_FAILED = 412;
    private static final int RANGE_NOT_SATISFIABLE = 416;
    private static final int TOO_MANY_REQUESTS = 429;
    private static final int SERVER_ERROR = 500;
    private static final int NOT_IMPLEMENTED = 501;

    private int status() {
        return cause instanceof S3Exception answer ? answer.statusCode() : 0;
    }

    private String code() {
        return cause instanceof S3Exception answer ? code(answer) : "";
    }

    /** What the server calls it; empty if it does not say. */
    static String code(S3Exception answer) {
        return Optional.ofNullable(answer.awsErrorDetails())
                .map(AwsErrorDetails::errorCode)
                .orElse("");
    }

    /** There is no such object. */
    boolean isAbsence() {
        return (status() == NOT_FOUND && !code().equals("NoSuchBucket") && !code().equals("NoSuchUpload"))
                || (status() == SUCCESS && ABSENCE.contains(code()));
    }

    /** The condition of a write was not fulfilled. */
    boolean isUnmetCondition() {
        return status() == PRECONDITION_FAILED || (status() == SUCCESS && UNMET_CONDITION.contains(code()));
    }

    /** It may be that the server does not know a header of the request. */
    boolean mayBeUnknownHeader() {
        return (status() == BAD_REQUEST || status() == NOT_IMPLEMENTED) && UNKNOWN_HEADER.contains(code());
    }

    /** The server refuses, and a response to {@code HEAD} has no body that says why. */
    boolean lacksReason() {
        return status() >= REDIRECTION && status() < NOT_FOUND && code().isEmpty();
    }

    /** This account may not do that. */
    boolean isDenied() {
        return code().equals("AccessDenied");
    }

    /** The range starts behind the end of the object. */
    boolean isBehindTheEnd() {
        return status() == RANGE_NOT_SATISFIABLE;
    }

    /** The server does not know this kind of request, or a header of it. */
    boolean isNotImplemented() {
        return status() == NOT_IMPLEMENTED;
    }

    /** What is thrown if the failure says nothing in particular about the object. */
    StoreException exception() {
        if (cause instanceof AbortedException) {
            throw new FaultException(FaultException.Category.INTERRUPTED, "It was interrupted.", null, cause);
        }
        String message = "Tried to " + what + " in " + address + " but failed: " + reason() + ".";
        if (DAMAGE.contains(code()) && (accepted || !code().equals(WRONG_SIGNATURE))) {
            return new StoreException.ContentDamaged(message, cause);
        }
        if (code().equals(WRONG_CLOCK)) {
            // Amazon's library corrects its clock by what the server says, for the next attempt.
            return new StoreException.Unavailable(message, cause).withRemedy(setClock());
        }
        if (isTransient()) {
            return new StoreException.Unavailable(message, cause);
        }
        return new StoreException.Refused(message, remedy().orElse(null), cause);
    }

    private Optional<String> remedy() {
        if (code().equals(WRONG_REGION) || status() / 100 == 3) {
            return Optional.of(expectedRegion()
                    .map(region -> "Say region=" + region + " in the URL.")
                    .orElse("Say region=NAME in the URL, with the region that the server is set up for, "
                            + "such as garage or us-east-1; the server's message may have it."));
        }
        return lacksCredentials() || status() == UNAUTHORIZED || status() == FORBIDDEN || isDenied()
                ? Optional.of(REMEDY)
                : Optional.empty();
    }

    private String setClock() {
        return "Set this machine's clock"
                + header("Date").map(time -> ": the server's says " + time).orElse("") + ".";
    }

    private Optional<String> expectedRegion() {
        Matcher expected = EXPECTED_REGION.matcher(message());
        return header(BUCKET_REGION)
                .filter(region -> region.matches("[a-z0-9-]{1,63}"))
                .or(() -> expected.find() ? Optional.of(expected.group(1)) : Optional.empty());
    }

    private Optional<String> header(String name) {
        return cause instanceof S3Exception answer
                ? Optional.ofNullable(answer.awsErrorDetails())
                        .map(AwsErrorDetails::sdkHttpResponse)
                        .flatMap(response -> response.firstMatchingHeader(name))
                        .map(ForeignText::line)
                : Optional.empty();
    }

    private String message() {
        return cause instanceof S3Exception answer
                ? Optional.ofNullable(answer.awsErrorDetails())
                        .map(AwsErrorDetails::errorMessage)
                        .orElse("")
                : "";
    }

    private boolean isTransient() {
        int status = status();
        return TRANSIENT.contains(code())
                || status == REQUEST_TIMEOUT
                || status == CONFLICT
                || status == TOO_MANY_REQUESTS
                || (status >= SERVER_ERROR && status != NOT_IMPLEMENTED)
                || (status == 0 && !lacksCredentials());
    }

    /** Whatever else goes wrong without an answer, such as half of one, has to do with the network. */
    private boolean lacksCredentials() {
        return Optional.ofNullable(cause.getMessage()).orElse("").contains("Unable to load credentials");
    }

    private String reason() {
        if (status() == 0) {
            return Optional.ofNullable(cause.getMessage())
                    .map(message -> message.replaceAll("\\.$", ""))
                    .orElse(cause.toString());
        }
        String text = message();
        return "the server answered " + status() + (code().isEmpty() ? "" : " " + code())
                + (text.isEmpty() ? "" : ", " + text.replaceAll("\\.$", ""));
    }
}
