package io.metalimages.cli.command.check;

import io.metalimages.artifact.CheckCode;
import io.metalimages.artifact.Finding;
import io.metalimages.cli.output.SarifLog;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Findings in OASIS's Static Analysis Results Interchange Format, version 2.1.0. All rules are listed, so that a page can
 * say that one is no longer breached. What is in an image is a logical location, as it is no file of a checkout.
 */
final class SarifText {

    private SarifText() {}

    static String of(List<CheckedImage> checks) {
        List<Map<String, Object>> rules = new ArrayList<>();
        for (CheckCode code : CheckCode.values()) {
            rules.add(rule(code));
        }
        List<Map<String, Object>> results = new ArrayList<>();
        for (CheckedImage check : checks) {
            check.report().findings().forEach(finding -> results.add(result(check, finding)));
        }
        return SarifLog.of("metal-images check", rules, results);
    }

    private static Map<String, Object> rule(CheckCode code) {
        Map<String, Object> rule = new LinkedHashMap<>();
        rule.put("id", code.id());
        rule.put("name", code.title());
        rule.put("shortDescription", Map.of("text", code.meaning()));
        rule.put("help", Map.of("text", code.remedy()));
        rule.put("defaultConfiguration", Map.of("level", level(code)));
        return rule;
    }

    private static String level(CheckCode code) {
        return switch (code.severity()) {
            case ERROR -> "error";
            case WARNING -> "warning";
        };
    }

    private static Map<String, Object> result(CheckedImage check, Finding finding) {
        boolean inImage = finding.path().startsWith("/");
        Map<String, Object> location = new LinkedHashMap<>();
        Path file = inImage || finding.path().isEmpty() || finding.path().equals("img.tar")
                ? check.tarball()
                : check.tarball().resolveSibling(finding.path());
        location.put("physicalLocation", Map.of("artifactLocation", Map.of("uri", uri(file))));
        if (inImage) {
            location.put("logicalLocations", List.of(Map.of("fullyQualifiedName", finding.path(), "kind", "resource")));
        }
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("ruleId", finding.code().id());
        result.put("level", level(finding.code()));
        String place = finding.path().isEmpty() ? "" : finding.path() + ": ";
        result.put(
                "message",
                Map.of("text", place + finding.detail() + " " + finding.code().meaning()));
        result.put("locations", List.of(location));
        result.put(
                "partialFingerprints",
                Map.of("finding/v1", check.name() + " " + finding.code().id() + " " + finding.path()));
        return result;
    }

    /** Relative to the current directory, which is the checkout's in a workflow, if the file is below it. */
    private static String uri(Path file) {
        return Path.of("").toUri().relativize(file.toUri()).toString();
    }
}
