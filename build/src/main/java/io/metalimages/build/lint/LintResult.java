package io.metalimages.build.lint;

import io.metalimages.common.FaultException;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What was found in a Dockerfile.
 *
 * @param findings in the order of its lines
 * @param failing whether findings are errors, as {@code # check=error=true} asks for
 */
public record LintResult(List<LintFinding> findings, boolean failing) {

    public LintResult {
        findings = List.copyOf(findings);
    }

    /**
     * Fails if findings are errors.
     *
     * @throws FaultException if they are, and there are any
     */
    public void requirePassed(String file) {
        if (failing && !findings.isEmpty()) {
            throw new FaultException(
                    FaultException.Category.FAILED_WORK,
                    file + ": lint violation found for rules: " + rules() + ".",
                    "Correct what is said with each warning, or take error=true out of the directive check.",
                    null);
        }
    }

    /** The names of the rules that found something, each once. */
    public String rules() {
        return findings.stream()
                .map(finding -> finding.rule().id())
                .distinct()
                .sorted()
                .collect(Collectors.joining(", "));
    }
}
