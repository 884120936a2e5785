package io.metalimages.build.lint;

import io.metalimages.dockerfile.DockerfileException;
import io.metalimages.dockerfile.SourceRange;
import io.metalimages.dockerfile.syntax.Instruction;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Collects what is found and wanted: a directive at the top counts for the file, one above an instruction for that. */
final class Findings {

    private static final String DIRECTIVE = "check=";

    private final List<String> lines;
    private final LintOptions options;
    private final List<LintFinding> found = new ArrayList<>();

    /** @param text of the Dockerfile */
    Findings(String text, LintOptions options) {
        this.lines = text.lines().toList();
        this.options = options;
    }

    void add(LintRule rule, Instruction instruction, String detail) {
        add(rule, instruction.source().range(), detail);
    }

    void add(LintRule rule, SourceRange range, String detail) {
        LintFinding finding = new LintFinding(rule, range, detail);
        if (optionsAt(range).wants(rule) && !found.contains(finding)) {
            found.add(finding);
        }
    }

    private LintOptions optionsAt(SourceRange range) {
        LintOptions here = options;
        for (String comment : commentsAbove(range)) {
            String directive = comment.replaceFirst("\\s*=\\s*", "=");
            if (directive.toLowerCase(Locale.ROOT).startsWith(DIRECTIVE)) {
                String value = directive.substring(DIRECTIVE.length()).split(" ", 2)[0];
                try {
                    here = here.with(LintOptions.parse(value, range));
                } catch (DockerfileException noDirective) {
                    return here;
                }
            }
        }
        return here;
    }

    /** The comments that stand directly above an instruction, the first one first, without their number signs. */
    List<String> commentsAbove(SourceRange range) {
        int first = range.firstLine() - 1;
        while (first > 0 && lines.get(first - 1).stripLeading().startsWith("#")) {
            first--;
        }
        return lines.subList(first, range.firstLine() - 1).stream()
                .map(line -> line.strip().substring(1).strip())
                .toList();
    }

    LintResult result() {
        return new LintResult(
                found.stream()
                        .sorted(Comparator.comparingInt(
                                        (LintFinding finding) -> finding.range().firstLine())
                                .thenComparing(LintFinding::rule))
                        .toList(),
                options.failing());
    }
}
