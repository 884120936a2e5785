package io.metalimages.cli.command.docker;

import io.metalimages.build.CheckedDockerfile;
import io.metalimages.build.lint.LintFinding;
import io.metalimages.build.lint.LintRule;
import io.metalimages.cli.output.SarifLog;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What was found in a Dockerfile, as SARIF. */
final class LintSarif {

    private LintSarif() {}

    static String of(CheckedDockerfile checked) {
        List<Map<String, Object>> rules =
                Stream.of(LintRule.values()).map(LintSarif::rule).toList();
        List<Map<String, Object>> results = checked.lint().findings().stream()
                .map(finding -> result(finding, checked.lint().failing()))
                .toList();
        return SarifLog.of("metal-images docker-build --check", rules, results);
    }

    private static Map<String, Object> rule(LintRule rule) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("id", rule.id());
        members.put("name", rule.id());
        members.put("shortDescription", Map.of("text", rule.description()));
        rule.address().ifPresent(address -> members.put("helpUri", address));
        members.put("defaultConfiguration", Map.of("level", "warning"));
        return members;
    }

    private static Map<String, Object> result(LintFinding finding, boolean failing) {
        Map<String, Object> region = new LinkedHashMap<>();
        region.put("startLine", finding.range().firstLine());
        region.put("endLine", finding.range().lastLine());
        Map<String, Object> place = new LinkedHashMap<>();
        place.put("artifactLocation", Map.of("uri", uri(finding.range().file())));
        place.put("region", region);
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("ruleId", finding.rule().id());
        result.put("level", failing ? "error" : "warning");
        result.put("message", Map.of("text", finding.detail() + "."));
        result.put("locations", List.of(Map.of("physicalLocation", place)));
        return result;
    }

    /** Relative to the current directory, which is the checkout's in a workflow, if the file is below it. */
    private static String uri(String file) {
        return Path.of("").toUri().relativize(Path.of(file).toUri()).toString();
    }
}
