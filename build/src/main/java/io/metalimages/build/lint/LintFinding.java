package io.metalimages.build.lint;

import io.metalimages.dockerfile.SourceRange;

/**
 * Something that a rule found.
 *
 * @param range the lines of the instruction
 * @param detail what is wrong there, as one sentence without a full stop
 */
public record LintFinding(LintRule rule, SourceRange range, String detail) {

    /** {@code Dockerfile:3: StageNameCasing: Stage name 'Base' should be lowercase}. */
    @Override
    public String toString() {
        return range + ": " + rule.id() + ": " + detail;
    }
}
