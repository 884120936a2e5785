package io.metalimages.cli.command.check;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.metalimages.artifact.CheckCode;
import io.metalimages.artifact.Finding;
import io.metalimages.artifact.check.CheckReport;
import io.metalimages.artifact.check.Loss;
import io.metalimages.cli.display.OutputStyle;
import io.metalimages.cli.output.Result;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * An image that was checked.
 *
 * @param name what the user calls it
 * @param tarball what was read
 * @param showLosses whether to tell also what the burn loses and the image gets back
 */
public record CheckedImage(String name, Path tarball, CheckReport report, Duration duration, boolean showLosses)
        implements Result {

    @Override
    public List<String> text(OutputStyle outputStyle) {
        return new FindingsText(outputStyle).of(this);
    }

    @Override
    public List<String> brief() {
        return FindingsText.brief(this);
    }

    @Override
    public Optional<String> array() {
        return Optional.of("checks");
    }

    record Document(
            String image,
            Path tarball,
            Duration seconds,
            long entries,
            long tarBytes,
            @JsonUnwrapped Findings report) {}

    /**
     * What is wrong with an image, and what its burn loses.
     *
     * @param errors how many of the findings are errors
     */
    public record Findings(int errors, int warnings, List<Problem> findings, List<Loss> losses) {

        public Findings(CheckReport report) {
            this(
                    report.errors().size(),
                    report.warnings().size(),
                    report.findings().stream().map(Problem::new).toList(),
                    report.losses());
        }
    }

    /** A breach of the contract. */
    public record Problem(
            String code,
            String title,
            CheckCode.Severity severity,
            String path,
            String detail,
            String meaning,
            String remedy) {

        Problem(Finding finding) {
            this(
                    finding.code().id(),
                    finding.code().title(),
                    finding.code().severity(),
                    finding.path(),
                    finding.detail(),
                    finding.code().meaning(),
                    finding.code().remedy());
        }
    }

    @Override
    public Document json() {
        return new Document(name, tarball, duration, report.entries(), report.tarBytes(), new Findings(report));
    }
}
