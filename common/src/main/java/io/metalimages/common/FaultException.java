package io.metalimages.common;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Work that could not be done, for a reason that the user has to be told.
 *
 * <p>The message is whole sentences without a trailing line break, and names the file, line or address concerned. It
 * is shown as it is; {@link #remedy()}, where there is one, is shown after it as the next step.
 */
public class FaultException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** Who has to act for the work to succeed next time. Decides the exit code, and whether to retry. */
    public enum Category {
        /** The user's input is wrong: a definition, an argument. Never retried. */
        WRONG_INPUT,
        /** This machine lacks a program, a privilege or a kernel feature. Never retried. */
        MISSING_ON_MACHINE,
        /** The work itself failed: a step exited non-zero, a disk is full. Never retried. */
        FAILED_WORK,
        /** Another machine did not do its part, after retries. */
        REMOTE_FAULT,
        /** The user asked for the work to stop. */
        INTERRUPTED
    }

    private final Category category;

    @Nullable
    private final String remedy;

    /** A fault with a {@code remedy}, the next step to take, and the {@code cause} that revealed it; both may be null. */
    public FaultException(Category category, String message, @Nullable String remedy, @Nullable Throwable cause) {
        super(message, cause);
        this.category = category;
        this.remedy = remedy;
    }

    public static FaultException wrongInput(String message, @Nullable String remedy) {
        return new FaultException(Category.WRONG_INPUT, message, remedy, null);
    }

    public static FaultException missing(String message, @Nullable String remedy) {
        return new FaultException(Category.MISSING_ON_MACHINE, message, remedy, null);
    }

    public static FaultException failed(String message, @Nullable Throwable cause) {
        return new FaultException(Category.FAILED_WORK, message, null, cause);
    }

    public static FaultException remote(String message, @Nullable String remedy) {
        return new FaultException(Category.REMOTE_FAULT, message, remedy, null);
    }

    public Category category() {
        return category;
    }

    public Optional<String> remedy() {
        return Optional.ofNullable(remedy);
    }
}
