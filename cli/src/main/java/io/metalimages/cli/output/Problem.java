package io.metalimages.cli.output;

import io.metalimages.common.FaultException;
import io.metalimages.dockerfile.DockerfileException;
import io.metalimages.engine.StepFailedException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Why a command could not do its work, ready to be told.
 *
 * @param category decides the exit code
 * @param message whole sentences
 * @param location where in a file the cause is
 * @param lastLines what a program wrote last before it failed, the oldest first
 * @param log the file with everything that it wrote
 * @param remedy what to do next, as a whole sentence
 * @param unexpected whether someone will want to see the stack trace
 */
record Problem(
        FaultException.Category category,
        String message,
        Optional<SourceLocation> location,
        List<String> lastLines,
        Optional<Path> log,
        Optional<String> remedy,
        boolean unexpected) {

    private static final int KEY_DIGITS = 12;
    private static final String DISK_FULL = "No space left on device";

    static Problem of(Throwable trouble) {
        return switch (trouble) {
            case StepFailedException failure ->
                new Problem(
                        failure.category(),
                        message(failure),
                        SourceLocation.parse(failure.step().location()),
                        failure.lastLines(),
                        Optional.of(failure.log()),
                        Optional.of("Open a shell where it failed: metal-images shell --step "
                                + failure.key().hex().substring(0, KEY_DIGITS)),
                        false);
            case FaultException fault -> told(fault.category(), message(fault), fault.remedy());
            case DockerfileException wrong ->
                new Problem(
                        FaultException.Category.WRONG_INPUT,
                        message(wrong),
                        Optional.of(new SourceLocation(
                                wrong.range().file(),
                                wrong.range().firstLine(),
                                wrong.range().lastLine())),
                        List.of(),
                        Optional.empty(),
                        Optional.of(wrong.hint()),
                        false);
            case ParameterException misuse ->
                told(FaultException.Category.WRONG_INPUT, sentence(message(misuse)), Optional.of(remedy(misuse)));
            case InterruptedException interrupted -> interrupted();
            case UncheckedIOException unchecked -> of(Objects.requireNonNull(unchecked.getCause()));
            case IOException full
            when message(full).contains(DISK_FULL) ->
                told(
                        FaultException.Category.FAILED_WORK,
                        "A disk is full: " + sentence(message(full)),
                        Optional.of("Make room. The state directory may be deleted; it costs only time."));
            case FileSystemException fileTrouble ->
                told(FaultException.Category.FAILED_WORK, fileMessage(fileTrouble), Optional.empty());
            case IOException inputOutput -> unexpected(message(inputOutput));
            case OutOfMemoryError tooMuch ->
                told(
                        FaultException.Category.FAILED_WORK,
                        "There is not enough memory: " + message(tooMuch) + ".",
                        Optional.empty());
            default -> unexpected("metal-images has a bug: " + trouble);
        };
    }

    private static Problem unexpected(String message) {
        return new Problem(
                FaultException.Category.FAILED_WORK,
                sentence(message),
                Optional.empty(),
                List.of(),
                Optional.empty(),
                Optional.empty(),
                true);
    }

    static Problem interrupted() {
        return told(FaultException.Category.INTERRUPTED, "Interrupted.", Optional.empty());
    }

    private static Problem told(FaultException.Category category, String message, Optional<String> remedy) {
        return new Problem(
                category, message, SourceLocation.leading(message), List.of(), Optional.empty(), remedy, false);
    }

    private static String remedy(ParameterException misuse) {
        List<String> nearest =
                misuse instanceof UnmatchedArgumentException unmatched ? unmatched.getSuggestions() : List.of();
        return nearest.isEmpty()
                ? "See what there is: "
                        + misuse.getCommandLine().getCommandSpec().qualifiedName() + " --help"
                : "Did you mean " + String.join(" or ", nearest) + "?";
    }

    private static String message(Throwable trouble) {
        String message = trouble.getMessage();
        return message == null || message.isBlank() ? trouble.getClass().getSimpleName() : message;
    }

    /** Java's messages for these name the file only. */
    private static String fileMessage(FileSystemException trouble) {
        String reason = switch (trouble) {
            case NoSuchFileException missing -> "it does not exist";
            case AccessDeniedException denied -> "permission denied";
            case FileAlreadyExistsException exists -> "it exists already";
            case NotDirectoryException notDirectory -> "it is not a directory";
            default -> trouble.getReason() == null ? trouble.getClass().getSimpleName() : trouble.getReason();
        };
        return trouble.getFile() == null
                ? "A file could not be used: " + reason + "."
                : trouble.getFile() + " could not be used: " + reason + ".";
    }

    private static String sentence(String message) {
        return message.endsWith(".") || message.endsWith("?") || message.endsWith("!") ? message : message + ".";
    }

    int exitCode() {
        return switch (category) {
            case FAILED_WORK -> ExitCode.FAILED_WORK;
            case WRONG_INPUT -> ExitCode.WRONG_USE;
            case MISSING_ON_MACHINE -> ExitCode.MISSING_ON_MACHINE;
            case REMOTE_FAULT -> ExitCode.REMOTE_FAULT;
            case INTERRUPTED -> ExitCode.INTERRUPTED;
        };
    }
}
