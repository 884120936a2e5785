package io.metalimages.rack.checks;

import io.metalimages.common.FaultException;
import io.metalimages.engine.work.ProcessLauncher;
import io.metalimages.rack.machine.SecureShell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Checks a running system with goss and the files in {@code os/tests}: brings both to the machine, runs them there as root,
 * and reads what came of it.
 *
 * <p>Root is become by sudo, with the password of the console if it asks for one; whether the system takes that password is
 * checked first. Format of the files and results: goss 0.4. Not thread-safe.
 */
public final class Goss {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** Which messages of su and sudo mean that the password was wrong. */
    private static final Pattern REFUSED = Pattern.compile("su: Authentication failure"
            + "|sudo: (\\d+ incorrect password attempt|no password was provided|a password is required)");

    private static final Pattern TIME_OF_LOG = Pattern.compile("^\\d{4}/\\d\\d/\\d\\d \\d\\d:\\d\\d:\\d\\d ");

    /** What goss says of a file or an output that lacks something; it names its own reader instead of what was read. */
    private static final Pattern MISSING_PATTERNS =
            Pattern.compile("Expected \"object: .*\" to have patterns .* the missing elements were \\[(.*)\\]");

    /** What goss exits with when it has not run its checks. */
    private static final int WRONG_FILES = 78;

    private final Path program;
    private final Path tests;
    private final DistributionFamilies families;
    private final ProcessLauncher launcher;

    /**
     * @param program goss
     * @param tests a directory such as {@code os/tests}
     */
    public Goss(Path program, Path tests, ProcessLauncher launcher) {
        this.program = program;
        this.tests = tests;
        this.families = new DistributionFamilies(tests);
        this.launcher = launcher;
    }

    /**
     * Reads the files of a suite on this machine without running a check, so that a mistake is found before a machine is
     * started.
     *
     * @param suite the name of a file in the tests' directory
     * @param variables all that the suite may refer to
     * @throws FaultException of the category {@code WRONG_INPUT} if they are wrong
     */
    void validate(String suite, Map<String, Object> variables, Path scratch) throws IOException, InterruptedException {
        Path file = tests.resolve(suite);
        if (!Files.isRegularFile(file)) {
            throw FaultException.wrongInput("There are no checks " + file + ".", "Name a file that is there.");
        }
        Path values = Files.createTempFile(scratch, "variables", ".json");
        Files.write(values, JSON.writeValueAsBytes(families.addTo(variables)));
        List<String> messages = new ArrayList<>();
        int status = launcher.run(
                List.of(program.toString(), "--gossfile", file.toString(), "--vars", values.toString(), "render"),
                Map.of(),
                messages::add);
        if (status != 0) {
            throw wrongFiles(suite, String.join(" ", messages));
        }
    }

    private FaultException wrongFiles(String suite, String messages) {
        return FaultException.wrongInput(
                "The checks in " + tests.resolve(suite) + " are wrong: "
                        + TIME_OF_LOG.matcher(messages.strip()).replaceFirst(""),
                "Correct that file, or the one that it includes.");
    }

    /**
     * Brings goss and the tests to a machine.
     *
     * @param inputs further files, by the names that the tests know them by
     * @param scratch for files of this method
     */
    Shipment ship(SecureShell shell, Map<String, Path> inputs, Path scratch) throws IOException, InterruptedException {
        Path more = Files.createTempDirectory(scratch, "checks");
        Files.copy(program, more.resolve("goss"), StandardCopyOption.COPY_ATTRIBUTES);
        for (Map.Entry<String, Path> input : inputs.entrySet()) {
            Files.copy(input.getValue(), more.resolve(input.getKey()));
        }
        Path archive = Files.createTempFile(scratch, "checks", ".tar");
        List<String> messages = new ArrayList<>();
        int status = launcher.run(
                List.of(
                        "tar",
                        "--create",
                        "--file",
                        archive.toString(),
                        "--directory",
                        tests.toAbsolutePath().toString(),
                        ".",
                        "--directory",
                        more.toAbsolutePath().toString(),
                        "."),
                Map.of(),
                messages::add);
        if (status != 0) {
            throw FaultException.failed("The checks could not be packed: " + String.join(" ", messages), null);
        }
        return new Shipment(shell, MachineDirectory.unpack(shell, archive));
    }

    /**
     * Goss and the tests on the machine's disk, where they outlast a restart.
     */
    final class Shipment {

        private final SecureShell shell;
        private final String directory;

        private Shipment(SecureShell shell, String directory) {
            this.shell = shell;
            this.directory = directory;
        }

        /**
         * Runs a suite.
         *
         * @param password of the console, for sudo
         * @param sessions how many BGP sessions the machine has when it has settled; the checks begin then, or when
         *     {@code limit} is over
         * @return all results, sorted; first of all whether the system took the password, and nothing else if it did not
         * @throws FaultException of the category {@code WRONG_INPUT} if the suite's files are wrong, and of
         *     {@code FAILED_WORK} if goss could not be run
         */
        List<CheckResult> run(
                String suite, Map<String, Object> variables, String password, int sessions, Duration limit)
                throws IOException, InterruptedException {
            boolean synchronises = Boolean.TRUE.equals(variables.get("fabric"));
            String command = """
                    cd %1$s && IFS= read -r password || exit
                    export LC_ALL=C
                    printf '%%s\\n' "$password" | su --command true "$(id --user --name)" >&2 || exit
                    { sudo --reset-timestamp --non-interactive true </dev/null >/dev/null 2>&1 || printf '%%s\\n' "$password"; cat; } |
                    sudo --reset-timestamp --stdin --prompt= -- sh -euc '
                    cat > variables.json
                    timeout %2$d scripts/settle %3$d %4$s >&2 || echo "The system has not settled." >&2
                    absent="$(scripts/absent)"
                    exec ./goss --gossfile %5$s --vars variables.json --vars-inline "$absent" \
                        validate --format json --format-options sort --no-color --max-concurrent 6'
                    """.formatted(directory, limit.toSeconds(), sessions, synchronises ? "yes" : "no", suite);
            SecureShell.CommandResult answer =
                    shell.run(command, password + "\n" + JSON.writeValueAsString(families.addTo(variables)) + "\n");
            if (REFUSED.matcher(answer.errors()).find()) {
                return List.of(password(Optional.of(answer.errors().strip())));
            }
            if (answer.status() == WRONG_FILES) {
                throw wrongFiles(suite, answer.output().isBlank() ? answer.errors() : answer.output());
            }
            List<CheckResult> results = new ArrayList<>();
            results.add(password(Optional.empty()));
            results.addAll(results(suite, answer));
            return List.copyOf(results);
        }

        private static CheckResult password(Optional<String> message) {
            return new CheckResult(
                    "of the console",
                    "Password",
                    "accepted",
                    message.isEmpty() ? CheckResult.Outcome.PASSED : CheckResult.Outcome.FAILED,
                    Optional.empty(),
                    Optional.empty(),
                    message,
                    Duration.ZERO);
        }
    }

    private List<CheckResult> results(String suite, SecureShell.CommandResult answer) {
        JsonNode results;
        try {
            results = JSON.readTree(answer.output()).path("results");
        } catch (JacksonException e) {
            throw FaultException.failed("goss did not tell results for " + suite + ": " + said(answer), e);
        }
        if (!results.isArray() || results.isEmpty()) {
            throw FaultException.failed("goss told no results for " + suite + ": " + said(answer), null);
        }
        return results.valueStream().map(result -> result(suite, result)).toList();
    }

    private static String said(SecureShell.CommandResult answer) {
        return "exit status " + answer.status() + ". " + (answer.errors() + answer.output()).strip();
    }

    private CheckResult result(String suite, JsonNode result) {
        String error = result.path("err").asString("");
        if (error.startsWith("Syntax Error")) {
            throw wrongFiles(
                    suite,
                    result.path("resource-type").asString() + " "
                            + result.path("resource-id").asString() + ": " + error);
        }
        JsonNode match = result.path("matcher-result");
        CheckResult.Outcome outcome = outcome(result);
        return new CheckResult(
                result.path("resource-id").asString(),
                result.path("resource-type").asString(),
                result.path("property").asString(),
                outcome,
                text(match.path("expected")),
                text(match.path("actual")),
                switch (outcome) {
                    case PASSED -> Optional.empty();
                    case FAILED -> Optional.of(message(result));
                    // A check that may be skipped has the reason for its title.
                    case SKIPPED ->
                        Optional.of(result.path("title").asString("")).filter(reason -> !reason.isEmpty());
                },
                Duration.ofNanos(result.path("duration").asLong()));
    }

    private static CheckResult.Outcome outcome(JsonNode result) {
        if (result.path("skipped").asBoolean(false)) {
            return CheckResult.Outcome.SKIPPED;
        }
        return result.path("successful").asBoolean(false) ? CheckResult.Outcome.PASSED : CheckResult.Outcome.FAILED;
    }

    private static Optional<String> text(JsonNode value) {
        return value.isNull() || value.isMissingNode() ? Optional.empty() : Optional.of(value.toString());
    }

    /** What goss says in one line, without the title, and with the place in a document instead of all of it. */
    private static String message(JsonNode result) {
        String line = result.path("summary-line-compact").asString();
        String title = result.path("resource-type").asString() + ": "
                + result.path("resource-id").asString() + ": "
                + result.path("property").asString() + ": ";
        String message = line.startsWith(title) ? line.substring(title.length()) : line;
        Matcher missing = MISSING_PATTERNS.matcher(message);
        if (missing.matches()) {
            return "It does not fit " + missing.group(1);
        }
        int chain = message.indexOf(" the transform chain was ");
        if (chain < 0) {
            return message;
        }
        List<String> places = result.path("matcher-result")
                .path("transform-chain")
                .valueStream()
                .map(transform -> transform.path("gjson").path("Path").asString(""))
                .filter(path -> !path.isEmpty())
                .toList();
        return message.substring(0, chain) + (places.isEmpty() ? "" : " (at " + String.join(", ", places) + ")");
    }
}
