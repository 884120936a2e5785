package io.metalimages.rack.baseline;

import io.metalimages.common.FaultException;
import io.metalimages.rack.checks.CheckResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which rules a system need not keep, and why: the file {@code os/tests/allowed/baseline}, with the name of a rule, a tab and
 * the reason on each line.
 */
final class WriteOffs {

    private static final String PROPERTY = "passes";

    private final Path file;
    private final Map<String, String> reasons;

    private WriteOffs(Path file, Map<String, String> reasons) {
        this.file = file;
        this.reasons = reasons;
    }

    /** @throws FaultException of the category {@code WRONG_INPUT} if a line has no reason, or a rule two lines */
    static WriteOffs read(Path file) throws IOException {
        Map<String, String> reasons = new LinkedHashMap<>();
        int number = 0;
        for (String line : Files.readAllLines(file)) {
            number++;
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            String[] parts = line.split("\t", -1);
            if (parts.length != 2 || parts[0].isBlank() || parts[1].isBlank()) {
                throw FaultException.wrongInput(
                        file + ":" + number + ": This is not the name of a rule, a tab and a reason.",
                        "Write them so, such as: Lynis AUTH-9262<tab>why.");
            }
            if (reasons.put(parts[0], parts[1]) != null) {
                throw FaultException.wrongInput(
                        file + ":" + number + ": " + parts[0] + " is there twice.", "Take one of the lines out.");
            }
        }
        return new WriteOffs(file, reasons);
    }

    /** A check for each rule, and one that failed for each line of the file that is not true. */
    List<CheckResult> judge(List<Rule> rules) {
        List<CheckResult> results = new ArrayList<>();
        Set<String> failed = new HashSet<>();
        for (Rule rule : rules) {
            if (rule.outcome() == CheckResult.Outcome.FAILED) {
                failed.add(rule.name());
            }
            results.add(judge(rule));
        }
        reasons.keySet().stream()
                .filter(name -> !failed.contains(name))
                .map(this::stale)
                .forEach(results::add);
        return List.copyOf(results);
    }

    private CheckResult judge(Rule rule) {
        Optional<String> reason = Optional.ofNullable(reasons.get(rule.name()));
        return switch (rule.outcome()) {
            case FAILED ->
                reason.isPresent()
                        ? result(rule, CheckResult.Outcome.SKIPPED, reason)
                        : result(rule, CheckResult.Outcome.FAILED, Optional.of(rule.finding()));
            case PASSED, SKIPPED -> result(rule, rule.outcome(), Optional.empty());
        };
    }

    private static CheckResult result(Rule rule, CheckResult.Outcome outcome, Optional<String> message) {
        return new CheckResult(
                rule.id(), rule.tool(), PROPERTY, outcome, Optional.empty(), Optional.empty(), message, Duration.ZERO);
    }

    private CheckResult stale(String name) {
        return CheckResult.of(
                name,
                "Write-off",
                "is needed",
                Optional.of("It is in " + file + ", but the rule passes, or was not applied. Take the line out."));
    }
}
