package io.metalimages.cli;

import io.metalimages.engine.FaultException;
import io.metalimages.engine.StateDirectory;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Tells what came of a command: results on standard output, problems on standard error. */
final class Report {

    /** How long after a failure the interruption that caused it may be noticed. */
    private static final Duration INTERRUPTION_LAG = Duration.ofMillis(300);

    private final OutputOptions options;
    private final Surroundings surroundings;
    private final List<ImageResult> images = new ArrayList<>();
    private final List<CheckedImage> checks = new ArrayList<>();
    private final List<TestResult> tests = new ArrayList<>();
    private final List<PushResult> pushes = new ArrayList<>();
    private final List<PublishResult> publications = new ArrayList<>();
    private final List<String> names = new ArrayList<>();
    private int exitCode = ExitCode.DONE;

    Report(OutputOptions options, Surroundings surroundings) {
        this.options = options;
        this.surroundings = surroundings;
    }

    /** What a command does. Nothing is shown of what it adds to the report before it is done or has failed. */
    @FunctionalInterface
    interface Work {
        void perform(Report report) throws Exception;
    }

    /** An image is finished; others may follow. */
    void add(ImageResult image) {
        images.add(image);
    }

    /** An image was checked, whatever was found. */
    void add(CheckedImage check) {
        checks.add(check);
    }

    /** An image was tested, whatever came of it. */
    void add(TestResult test) {
        tests.add(test);
    }

    /** An image is in a registry. */
    void add(PushResult push) {
        pushes.add(push);
    }

    /** Images were published, or would be. */
    void add(PublishResult publication) {
        publications.add(publication);
    }

    void add(String name) {
        names.add(name);
    }

    /** A program that ran on the user's terminal ended with this status, which becomes this program's. */
    void exitWith(int status) {
        exitCode = status;
    }

    /**
     * Does the work and tells what came of it.
     *
     * @return the exit code
     */
    int on(Work work) {
        try {
            work.perform(this);
            printResults(Map.of());
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
    int tell(Throwable trouble) {
        boolean interrupted = surroundings.interruption().requested(INTERRUPTION_LAG);
        Problem problem = interrupted ? Problem.interrupted() : Problem.of(trouble);
        try {
            printResults(Map.of("error", JsonText.problem(problem)));
        } catch (IOException unreadable) {
            trouble.addSuppressed(unreadable);
        }
        printProblem(problem, trouble);
        return problem.exitCode();
    }

    private void printResults(Map<String, Object> error) throws IOException {
        PrintStream output = surroundings.output();
        if (options.json()) {
            output.println(JsonText.of(members(error)));
        } else if (options.quiet()) {
            images.forEach(image -> output.println(image.artifact().tarball()));
            checks.forEach(check -> FindingsText.brief(check).forEach(output::println));
            tests.forEach(test -> TestText.brief(test).forEach(output::println));
            pushes.forEach(push -> output.println(push.image().name()));
            publications.forEach(publication -> PublishText.brief(publication).forEach(output::println));
            names.forEach(output::println);
        } else {
            for (ImageResult image : images) {
                new SummaryText(surroundings.lookOfOutput()).of(image).forEach(output::println);
            }
            checks.forEach(check ->
                    new FindingsText(surroundings.lookOfOutput()).of(check).forEach(output::println));
            tests.forEach(
                    test -> new TestText(surroundings.lookOfOutput()).of(test).forEach(output::println));
            pushes.forEach(
                    push -> new PushText(surroundings.lookOfOutput()).of(push).forEach(output::println));
            publications.forEach(publication ->
                    new PublishText(surroundings.lookOfOutput()).of(publication).forEach(output::println));
            names.forEach(output::println);
        }
        output.flush();
    }

    private Map<String, Object> members(Map<String, Object> error) throws IOException {
        Map<String, Object> members = new LinkedHashMap<>(error);
        if (!names.isEmpty()) {
            members.put("names", names);
        }
        List<Map<String, Object>> finished = new ArrayList<>();
        for (ImageResult image : images) {
            finished.add(JsonText.image(image));
        }
        if (!finished.isEmpty()) {
            members.put("images", finished);
        }
        if (!checks.isEmpty()) {
            members.put("checks", checks.stream().map(JsonText::check).toList());
        }
        if (!tests.isEmpty()) {
            members.put("tests", tests.stream().map(JsonText::test).toList());
        }
        if (!pushes.isEmpty()) {
            members.put("pushes", pushes.stream().map(JsonText::push).toList());
        }
        for (PublishResult publication : publications) {
            members.putAll(JsonText.publication(publication));
        }
        return members;
    }

    private void printProblem(Problem problem, Throwable trouble) {
        PrintStream errors = surroundings.errors();
        Look look = surroundings.lookOfErrors();
        int columns = Terminal.size(Terminal.Stream.ERRORS)
                .map(Terminal.Size::columns)
                .orElse(Integer.MAX_VALUE);
        new ProblemText(look, columns).of(problem).forEach(errors::println);
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
                    StateDirectory.fromEnvironment(surroundings.environment(), true)
                            .logs(),
                    "trace-",
                    ".txt");
            try (PrintStream trace = new PrintStream(
                    Files.newOutputStream(file), false, surroundings.errors().charset())) {
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
