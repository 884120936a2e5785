package io.metalimages.supplychain.statement;

import io.metalimages.common.FaultException;

/** A statement is not in the form in which this program writes it. The message is a clause. */
final class MalformedStatementException extends Exception {

    private static final long serialVersionUID = 1L;

    MalformedStatementException(String reason) {
        super(reason);
    }

    static void require(boolean condition, String reason) throws MalformedStatementException {
        if (!condition) {
            throw new MalformedStatementException(reason);
        }
    }

    /**
     * What is told of a file with such a statement.
     *
     * @param origin how messages call it
     */
    static FaultException damaged(String origin, Exception reason, String remedy) {
        return new FaultException(
                FaultException.Category.FAILED_WORK,
                origin + " is damaged: "
                        + String.valueOf(reason.getMessage())
                                .lines()
                                .findFirst()
                                .orElse("") + ".",
                remedy,
                reason);
    }
}
