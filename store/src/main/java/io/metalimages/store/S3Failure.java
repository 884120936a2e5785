package io.metalimages.store;

import io.metalimages.common.FaultException;
import java.util.Optional;
import java.util.Set;
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

    private static final Set<String> TRANSIENT = Set.of(
            "IncompleteBody", "NoSuchUpload", "OperationAborted", "ConditionalRequestConflict", "RequestTimeout");

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
        return cause instanceof S3Exception answer
                ? Optional.ofNullable(answer.awsErrorDetails())
                        .map(AwsErrorDetails::errorCode)
                        .orElse("")
                : "";
    }

    /** There is no such object. */
    boolean isAbsence() {
        return status() == NOT_FOUND && !code().equals("NoSuchBucket") && !code().equals("NoSuchUpload");
    }

    /** The condition of a write was not fulfilled. */
    boolean isUnmetCondition() {
        return status() == PRECONDITION_FAILED;
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
        if (isTransient()) {
            return new StoreException.Unavailable(message, cause);
        }
        boolean isUnknown = lacksCredentials() || status() == UNAUTHORIZED || status() == FORBIDDEN;
        return new StoreException.Refused(message, isUnknown ? REMEDY : null, cause);
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
        String text = cause instanceof S3Exception answer
                ? Optional.ofNullable(answer.awsErrorDetails())
                        .map(AwsErrorDetails::errorMessage)
                        .orElse("")
                : "";
        return "the server answered " + status() + (code().isEmpty() ? "" : " " + code())
                + (text.isEmpty() ? "" : ", " + text.replaceAll("\\.$", ""));
    }
}
