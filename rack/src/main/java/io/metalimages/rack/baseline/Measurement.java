package io.metalimages.rack.baseline;

import io.metalimages.common.FaultException;
import io.metalimages.rack.checks.CheckResult;
import io.metalimages.rack.checks.Score;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What the tools found on a system.
 *
 * @param rules of both, each once
 */
record Measurement(List<Rule> rules, List<Score> scores) {

    private static final String OPENSCAP = "OpenSCAP";
    private static final String LYNIS = "Lynis";

    /** A line of {@code oscap xccdf eval --progress}. */
    private static final Pattern PROGRESS = Pattern.compile("xccdf_[^:]*_rule_([^:]+):([a-z]+)");

    /** A line of Lynis's report: a name, and a value or a list with bars. */
    private static final Pattern ENTRY = Pattern.compile("([^=]+?)(?:\\[])?=(.*)");

    /** In the details of a finding of Lynis's, what is meant by it. */
    private static final Pattern FIELD = Pattern.compile("(?:^|;)field:([^;]+);");

    private static final Pattern WANTED = Pattern.compile("(?:^|;)prefval:([^;]*);");
    private static final Pattern FOUND = Pattern.compile("(?:^|;)value:([^;]*);");

    private static final int LARGEST_INDEX = 100;

    /**
     * Reads what {@code rack/baseline/context/measure} prints.
     *
     * @throws FaultException if one of the tools has said nothing
     */
    static Measurement read(String output) {
        Map<String, List<String>> said = new LinkedHashMap<>();
        List<String> lines = new ArrayList<>();
        for (String line : output.lines().toList()) {
            if (line.startsWith("== ")) {
                lines = said.computeIfAbsent(line.substring("== ".length()), name -> new ArrayList<>());
            } else {
                lines.add(line);
            }
        }
        List<Rule> openScap = openScap(said.getOrDefault(OPENSCAP, List.of()));
        Map<String, List<String>> report = report(said.getOrDefault(LYNIS, List.of()));
        List<Rule> lynis = lynis(report);
        if (openScap.isEmpty() || lynis.isEmpty()) {
            throw FaultException.failed(
                    (openScap.isEmpty() ? OPENSCAP : LYNIS) + " has told of no rule: " + output.strip(), null);
        }
        return new Measurement(
                Stream.concat(openScap.stream(), lynis.stream()).toList(), List.of(index(report), passed(openScap)));
    }

    private static List<Rule> openScap(List<String> progress) {
        return progress.stream()
                .map(PROGRESS::matcher)
                .filter(Matcher::matches)
                .map(line -> new Rule(OPENSCAP, line.group(1), outcome(line.group(2)), line.group(2)))
                .toList();
    }

    private static CheckResult.Outcome outcome(String result) {
        return switch (result) {
            case "pass", "fixed" -> CheckResult.Outcome.PASSED;
            case "notapplicable", "notchecked", "notselected", "informational" -> CheckResult.Outcome.SKIPPED;
            // fail, error and unknown: nobody knows that the rule is kept.
            default -> CheckResult.Outcome.FAILED;
        };
    }

    private static Map<String, List<String>> report(List<String> lines) {
        Map<String, List<String>> report = new LinkedHashMap<>();
        lines.stream()
                .map(ENTRY::matcher)
                .filter(Matcher::matches)
                .forEach(entry -> report.computeIfAbsent(entry.group(1), name -> new ArrayList<>())
                        .add(entry.group(2)));
        return report;
    }

    /** A test with findings is a rule for each of them, where Lynis tells them apart. */
    private static List<Rule> lynis(Map<String, List<String>> report) {
        Map<String, Map<String, String>> findings = new TreeMap<>();
        for (String detail : report.getOrDefault("details", List.of())) {
            String[] parts = detail.split("\\|", -1);
            Matcher field = FIELD.matcher(parts.length > 2 ? parts[2] : "");
            if (field.find()) {
                findings.computeIfAbsent(parts[0], id -> new TreeMap<>())
                        .put(
                                " " + field.group(1),
                                "is " + value(FOUND, parts[2]) + ", and should be " + value(WANTED, parts[2]));
            }
        }
        for (String kind : List.of("warning", "suggestion")) {
            for (String finding : report.getOrDefault(kind, List.of())) {
                String[] parts = finding.split("\\|", -1);
                // What the details have told already, in other words.
                if (!findings.getOrDefault(parts[0], Map.of()).keySet().stream().anyMatch(id -> !id.isEmpty())) {
                    findings.computeIfAbsent(parts[0], id -> new TreeMap<>())
                            .merge("", parts.length > 1 ? parts[1] : kind, (one, other) -> one + " " + other);
                }
            }
        }
        List<Rule> rules = new ArrayList<>();
        findings.forEach((test, ofTest) -> ofTest.forEach(
                (which, finding) -> rules.add(new Rule(LYNIS, test + which, CheckResult.Outcome.FAILED, finding))));
        Set<String> executed = new LinkedHashSet<>();
        for (String tests : report.getOrDefault("tests_executed", List.of())) {
            executed.addAll(
                    Stream.of(tests.split("\\|")).filter(id -> !id.isBlank()).collect(Collectors.toSet()));
        }
        executed.stream()
                .filter(id -> !findings.containsKey(id))
                .sorted()
                .map(id -> new Rule(LYNIS, id, CheckResult.Outcome.PASSED, ""))
                .forEach(rules::add);
        return rules;
    }

    private static String value(Pattern name, String details) {
        Matcher value = name.matcher(details);
        return value.find() ? value.group(1) : "unknown";
    }

    private static Score index(Map<String, List<String>> report) {
        return Optional.ofNullable(report.get("hardening_index"))
                .map(List::getFirst)
                .filter(text -> text.matches("[0-9]{1,3}"))
                .map(text -> new Score(LYNIS + " hardening index", Integer.parseInt(text), LARGEST_INDEX))
                .orElseThrow(() -> FaultException.failed(LYNIS + " has told no hardening index.", null));
    }

    private static Score passed(List<Rule> rules) {
        List<Rule> applied = rules.stream()
                .filter(rule -> rule.outcome() != CheckResult.Outcome.SKIPPED)
                .toList();
        long passed = applied.stream()
                .filter(rule -> rule.outcome() == CheckResult.Outcome.PASSED)
                .count();
        return new Score(OPENSCAP + " rules passed", Math.toIntExact(passed), applied.size());
    }
}
