package io.metalimages.cli.output;

import io.metalimages.cli.display.CommandContext;
import io.metalimages.cli.display.OutputOptions;
import io.metalimages.cli.display.OutputStyle;
import io.metalimages.cli.display.Terminal;
import io.metalimages.common.FaultException;
import io.metalimages.engine.work.StateDirectory;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Tells what came of a command: results on standard output, problems on standard error. */
public final class Report {

    /** How long after a failure the interruption that caused it may be noticed. */
    private static final Duration INTERRUPTION_LAG = Duration.ofMillis(300);

    private final OutputOptions options;
    private final CommandContext context;
    private final List<Result> results = new ArrayList<>();
    private int exitCode = ExitCode.DONE;

    public Report(OutputOptions options, CommandContext context) {
        this.options = options;
        this.context = context;
    }

    /** What a command does. Nothing is shown of what it adds to the report before it is done or has failed. */
    @FunctionalInterface
    public interface Work {
        void perform(Report report) throws Exception;
    }

    /** Something came of the command; more may follow. */
    public void add(Result result) {
        results.add(result);
    }

    /** A program that ran on the user's terminal ended with this status, which becomes this program's. */
    public void exitWith(int status) {
        exitCode = status;
    }

    /**
     * Does the work and tells what came of it.
     *
     * @return the exit code
     */
    public int on(Work work) {
        try {
            work.perform(this);
            printResults(List.of());
            return exitCode;
        } catch (Exception | Error trouble) {
            return tell(trouble);
        }
    }

    /**
     * Tells that the work failed, and what had been finished until then.
     *
     * @return the exit code
     */
    public int tell(Throwable trouble) {
        boolean interrupted = context.interruption().requested(INTERRUPTION_LAG);
        Problem problem = interrupted ? Problem.interrupted() : Problem.of(trouble);
        try {
            printResults(List.of(new Json.Part(Optional.empty(), new FailureDocument(problem))));
        } catch (IOException unreadable) {
            trouble.addSuppressed(unreadable);
        }
        printProblem(problem, trouble);
        return problem.exitCode();
    }

    private void printResults(List<Json.Part> failure) throws IOException {
        PrintStream output = context.output();
        if (options.json()) {
            List<Json.Part> parts = new ArrayList<>(failure);
            parts.addAll(parts());
            output.println(Json.of(parts));
        } else if (options.quiet()) {
            results.forEach(result -> result.brief().forEach(output::println));
        } else {
            for (Result result : results) {
                result.text(context.styleOfOutput()).forEach(output::println);
            }
        }
        output.flush();
    }

    private List<Json.Part> parts() throws IOException {
        List<Json.Part> parts = new ArrayList<>();
        for (Result result : results) {
            parts.add(new Json.Part(result.array(), result.json()));
        }
        return parts;
    }

    private void printProblem(Problem problem, Throwable trouble) {
        PrintStream errors = context.errors();
        OutputStyle outputStyle = context.styleOfErrors();
        int columns = Terminal.size(Terminal.Stream.ERRORS)
                .map(Terminal.Size::columns)
                .orElse(Integer.MAX_VALUE);
        new ProblemText(outputStyle, columns).of(problem).forEach(errors::println);
        if (problem.unexpected()) {
            if (options.verbose()) {
                trouble.printStackTrace(errors);
            }
            errors.println(keepStackTrace(trouble));
        }
        errors.flush();
    }

    /** Says where the stack trace is. */
    private String keepStackTrace(Throwable trouble) {
        try {
            Path file = Files.createTempFile(
                    StateDirectory.fromEnvironment(context.environment(), true).logs(), "trace-", ".txt");
            try (PrintStream trace = new PrintStream(
                    Files.newOutputStream(file), false, context.errors().charset())) {
                trouble.printStackTrace(trace);
            }
            return "Where in the program it happened: " + file;
        } catch (IOException | FaultException nowhere) {
            return "Where in the program it happened: "
                    + Stream.of(trouble.getStackTrace()).limit(1).toList() + " (more could not be kept: "
                    + nowhere.getMessage() + ")";
        }
    }
}
