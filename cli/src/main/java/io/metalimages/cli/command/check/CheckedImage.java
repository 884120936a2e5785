package io.metalimages.cli.command.check;

import io.metalimages.artifact.Finding;
import io.metalimages.artifact.check.CheckReport;
import io.metalimages.artifact.check.Loss;
import io.metalimages.cli.display.Look;
import io.metalimages.cli.output.JsonText;
import io.metalimages.cli.output.Result;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
    public List<String> text(Look look) {
        return new FindingsText(look).of(this);
    }

    @Override
    public List<String> brief() {
        return FindingsText.brief(this);
    }

    @Override
    public Optional<String> array() {
        return Optional.of("checks");
    }

    @Override
    public Map<String, Object> json() {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("image", name());
        members.put("tarball", tarball().toString());
        members.put("seconds", JsonText.seconds(duration()));
        members.put("entries", report().entries());
        members.put("tarBytes", report().tarBytes());
        members.putAll(members(report()));
        return members;
    }

    public static Map<String, Object> members(CheckReport report) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("errors", report.errors().size());
        members.put("warnings", report.warnings().size());
        members.put(
                "findings",
                report.findings().stream().map(CheckedImage::finding).toList());
        members.put("losses", report.losses().stream().map(CheckedImage::loss).toList());
        return members;
    }

    private static Map<String, Object> finding(Finding finding) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("code", finding.code().id());
        members.put("title", finding.code().title());
        members.put("severity", finding.code().severity().name());
        members.put("path", finding.path());
        members.put("detail", finding.detail());
        members.put("meaning", finding.code().meaning());
        members.put("remedy", finding.code().remedy());
        return members;
    }

    private static Map<String, Object> loss(Loss loss) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("path", loss.path());
        members.put("aspect", loss.aspect().name());
        members.put("value", loss.value());
        members.put("burned", loss.burned());
        loss.restoredBy().ifPresent(place -> members.put("restoredBy", place));
        return members;
    }
}
